/** A small file system in memory, mounted on a folder, that can be filled to the last byte. Linux, and only root may mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { NotPossible } from './notPossible.ts';

/** Throws NotPossible. Returns how to take it away again. */
export function mountSmallDisk(folder: string, megabytes: number): () => void {
  if (process.platform !== 'linux') throw new NotPossible('a small disk needs Linux');
  if (process.getuid?.() !== 0) throw new NotPossible('a small disk needs root, who may mount one');
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'orderlog-chaos', folder], {
      stdio: 'pipe',
    });
  } catch (error) {
    throw new NotPossible(
      `a small disk cannot be mounted here: ${(error as Error).message.split('\n').at(-2)}`,
    );
  }
  const unmount = () => {
    process.off('exit', unmount);
    execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
  };
  process.on('exit', unmount);
  return unmount;
}

const BLOCK_BYTES = 64 * 1024;

/** Fills what is left. Returns how to make room again. */
export function fill(folder: string): () => void {
  const file = join(folder, 'ballast');
  const descriptor = openSync(file, 'a');
  for (let bytes = BLOCK_BYTES; bytes >= 1; ) {
    try {
      writeSync(descriptor, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      bytes = Math.floor(bytes / 8);
    }
  }
  closeSync(descriptor);
  return () => rmSync(file, { force: true });
}

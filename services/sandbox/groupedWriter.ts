/**
 * Appends lines to a file, each on disk before it counts: one write and one sync for all that waits. Where one fails (a
 * full disk), what it left behind is cut off before the next write, or half a line would stand in the middle of the file.
 */
import type { FileHandle } from 'node:fs/promises';

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** `startBytes`: how long the file is. The writer's promise settles once the line is on disk, or is known not to be. */
export function groupedWriter(
  file: Pick<FileHandle, 'appendFile' | 'datasync' | 'truncate'>,
  startBytes: number,
): (line: string) => Promise<void> {
  let goodBytes = startBytes;
  let isWhole = true;
  let waiting: Waiting[] = [];
  let running = false;
  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const text = group.map(({ line }) => line).join('');
        if (!isWhole) await file.truncate(goodBytes);
        isWhole = false;
        await file.appendFile(text);
        await file.datasync();
        isWhole = true;
        goodBytes += Buffer.byteLength(text);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = false;
  }
  return (line) =>
    new Promise((resolve, reject) => {
      waiting.push({ line, resolve, reject });
      if (!running) void run();
    });
}

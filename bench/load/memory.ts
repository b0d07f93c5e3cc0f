/** Resident memory of a process, as Linux tells it. */
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

/** In MB; 0: it has ended. */
export function memoryOf(pid: number | undefined): number {
  try {
    const [, kb = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb) / 1_024);
  } catch {
    return 0;
  }
}

/** In MB. */
export interface Memory {
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

/** Watches it, until it is asked for what it was. */
export function watchMemory(pid: number | undefined): () => Memory {
  const before = memoryOf(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(pid));
  }, LOOK_MS);
  return () => {
    clearInterval(watch);
    return { before, most, after: memoryOf(pid) };
  };
}

/** Resident memory of a process, as Linux tells it. */
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

/** In MB. */
export function memoryOf(pid: number | undefined): number {
  const [, kb = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kb) / 1_024);
}

/** Watches it, until it is asked for what it was: before, at its most, and after. */
export function watchMemory(pid: number | undefined): () => string {
  const before = memoryOf(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(pid));
  }, LOOK_MS);
  return () => {
    clearInterval(watch);
    return `${before} MB before, at most ${most} MB, ${memoryOf(pid)} MB after`;
  };
}

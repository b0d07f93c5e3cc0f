/** Waiting for what must come. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

/** Throws what was waited for, when the time is over. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs / 1_000} s: ${what}`);
    await sleep(LOOK_MS);
  }
}

/**
 * Calls by the clock: each begins when it is due, whatever has become of those before it. Latency counts from when a call
 * was due, so that a system that stands still cannot hide it by making its callers wait ("coordinated omission", Gil Tene).
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoop {
  readonly perSecond: number;
  readonly seconds: number;
}

/** A system that stands still must not fill this process. What is due then begins as soon as others have ended. */
const MAX_IN_FLIGHT = 2_000;

/** `call` gets its number and when it was due (performance.now()); resolves when all have ended. Throws what a call throws. */
export async function openLoop(
  { perSecond, seconds }: OpenLoop,
  call: (n: number, dueMs: number) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  const total = Math.floor(perSecond * seconds);
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (let n = 0; n < total && failures.length === 0; ) {
    const dueMs = startedMs + (n * 1_000) / perSecond;
    if (dueMs > performance.now() || inFlight.size >= MAX_IN_FLIGHT) {
      await sleep(1);
      continue;
    }
    const one: Promise<void> = call(n++, dueMs)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(one));
    inFlight.add(one);
  }
  await Promise.all(inFlight);
  if (failures.length > 0) throw failures[0];
}

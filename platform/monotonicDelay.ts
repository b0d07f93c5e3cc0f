/**
 * A delay for cockatiel's circuit breaker that is measured by the monotonic clock. The breaker itself compares Date.now()
 * with the delay's `duration`: a wall clock that steps back an hour would keep it open for an hour. So `duration` is beyond
 * any difference of clocks until the time has passed, and below any after.
 */
import type { IBackoff, IBackoffFactory } from 'cockatiel';

export function monotonicDelay(delayMs: number): IBackoffFactory<unknown> {
  function next(): IBackoff<unknown> {
    const untilMs = performance.now() + delayMs;
    return {
      get duration() {
        return performance.now() < untilMs ? Infinity : -Infinity;
      },
      next,
    };
  }
  return { next };
}

import assert from 'node:assert/strict';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { monotonicDelay } from './monotonicDelay.ts';

const HOUR_MS = 3_600_000;
const DELAY_MS = 60;

describe("a breaker with a monotonic delay, when the wall clock's hour changes", () => {
  const wallClock = Date.now;
  const monotonicClock = performance.now;
  const setClockBy = (ms: number) => {
    Date.now = () => wallClock() + ms;
  };
  let nowMs = 0;
  beforeEach(() => {
    performance.now = () => nowMs;
  });
  afterEach(() => {
    Date.now = wallClock;
    performance.now = monotonicClock;
  });

  for (const [name, ms] of [
    ['steps back', -HOUR_MS],
    ['jumps ahead', HOUR_MS],
  ] as const) {
    it(`stays open for its delay, and no longer: ${name}`, async () => {
      const breaker = circuitBreaker(handleAll, {
        halfOpenAfter: monotonicDelay(DELAY_MS),
        breaker: new ConsecutiveBreaker(1),
      });
      const fails = () => breaker.execute(() => Promise.reject(new Error('down')));
      await assert.rejects(fails(), /down/);
      setClockBy(ms);
      nowMs += DELAY_MS - 1;
      await assert.rejects(fails(), BrokenCircuitError);
      nowMs += 1;
      await assert.rejects(fails(), /down/);
      nowMs += DELAY_MS - 1;
      await assert.rejects(fails(), BrokenCircuitError);
      nowMs += 1;
      assert.equal(await breaker.execute(() => 'up'), 'up');
    });
  }
});

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { afterEach, describe, it } from 'mocha';
import { monotonicDelay } from './monotonicDelay.ts';

const HOUR_MS = 3_600_000;
const DELAY_MS = 60;

describe("a breaker with a monotonic delay, when the wall clock's hour changes", () => {
  const wallClock = Date.now;
  const setClockBy = (ms: number) => {
    Date.now = () => wallClock() + ms;
  };
  afterEach(() => {
    Date.now = wallClock;
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
      await assert.rejects(fails(), BrokenCircuitError);
      await sleep(DELAY_MS + 10);
      await assert.rejects(fails(), /down/);
      await assert.rejects(fails(), BrokenCircuitError);
      await sleep(DELAY_MS + 10);
      assert.equal(await breaker.execute(() => 'up'), 'up');
    });
  }
});

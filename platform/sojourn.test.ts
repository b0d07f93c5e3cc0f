import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createSojourn, type Visit } from './sojourn.ts';

describe('the estimate of how long a command would take', () => {
  /** A server that takes `baseMs` for a flush and `eachMs` for a command of it, offered three times what it can do. */
  function goodput(baseMs: number, eachMs: number, deadlineMs: number): number {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    const capacity = 1 / eachMs;
    let queue: { visit: Visit; dueMs: number }[] = [];
    let flush: { endsMs: number; batch: typeof queue } | undefined;
    let inTime = 0;
    let nextMs = 0;
    const untilMs = 20_000;
    for (; nowMs < untilMs; nowMs += 1) {
      for (; nextMs <= nowMs; nextMs += 1 / (3 * capacity)) {
        if (sojourn.estimateMs() > deadlineMs * 0.7) continue;
        queue.push({ visit: sojourn.enter(), dueMs: nowMs + deadlineMs });
      }
      if (flush && flush.endsMs <= nowMs) {
        sojourn.leave(flush.batch.map(({ visit }) => visit));
        inTime += flush.batch.filter(({ dueMs }) => dueMs >= nowMs).length;
        flush = undefined;
      }
      if (!flush && queue.length > 0) {
        flush = { endsMs: nowMs + baseMs + queue.length * eachMs, batch: queue };
        queue = [];
      }
    }
    return inTime / untilMs / capacity;
  }

  it('lets a server do nearly as much under three times its load as it can', () => {
    for (const [baseMs, eachMs] of [
      [5, 0.3],
      [20, 0.3],
      [30, 1.5],
    ] as const) {
      const share = goodput(baseMs, eachMs, 1_000);
      assert.ok(share > 0.8, `${share} of the capacity at ${baseMs} + ${eachMs} ms`);
    }
  });

  it('is nothing with nothing in the system, however slow it was', () => {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    const visits = [sojourn.enter(), sojourn.enter()];
    nowMs = 60_000;
    sojourn.leave(visits);
    assert.equal(sojourn.estimateMs(), 0);
    sojourn.enter();
    assert.ok(sojourn.estimateMs() > 10_000);
  });
});

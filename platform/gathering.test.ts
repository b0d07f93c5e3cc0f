import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Gathering, gatherMs } from './gathering.ts';

const rule: Gathering = { everyMs: 15, quickMs: 10, factor: 2, maxMs: 50 };

describe('gathering', () => {
  it('waits until the interval is over, longer where batches take long, and not where the next would be large', () => {
    assert.equal(gatherMs(rule, 8, 0), 7);
    assert.equal(gatherMs(rule, 20, 0.1), 20);
    assert.equal(gatherMs(rule, 20, 0.5), 0);
    assert.equal(gatherMs(rule, 8, 0.5), 0);
    assert.equal(gatherMs(rule, 60_000, 0), 50);
  });

  it('is bounded, and never lets a batch begin sooner after a longer one', () => {
    const took = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(took, took, (a, b) => {
        const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
        const [less, more] = [gatherMs(rule, shorter, 0), gatherMs(rule, longer, 0)];
        assert.ok(less >= 0 && more >= 0 && Math.max(less, more) <= Math.max(rule.everyMs, rule.maxMs));
        assert.ok(shorter + less >= rule.everyMs && shorter + less <= longer + more);
      }),
    );
  });
});

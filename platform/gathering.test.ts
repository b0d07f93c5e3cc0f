import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Gathering, gatherMs } from './gathering.ts';

const rule: Gathering = { quickMs: 10, factor: 2, maxMs: 50 };

describe('gathering', () => {
  it('waits only where batches take long, and where the next would be small', () => {
    assert.equal(gatherMs(rule, 8, 0), 0);
    assert.equal(gatherMs(rule, 20, 0.1), 20);
    assert.equal(gatherMs(rule, 20, 0.5), 0);
    assert.equal(gatherMs(rule, 60_000, 0), 50);
  });

  it('is bounded, and never shorter after a longer batch', () => {
    const took = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(took, took, (a, b) => {
        const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
        const [less, more] = [gatherMs(rule, shorter, 0), gatherMs(rule, longer, 0)];
        assert.ok(less >= 0 && less <= more && more <= rule.maxMs);
      }),
    );
  });
});

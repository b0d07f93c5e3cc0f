import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { bucketOf, durationOf, percentileOf, RELATIVE_ERROR } from './histogram.ts';

const MONTH_MS = 31 * 24 * 60 * 60 * 1_000;

const counted = (durations: readonly number[]) =>
  [...Map.groupBy(durations, bucketOf)].map(([bucket, of]) => ({ bucket, count: BigInt(of.length) }));

describe('histogram', () => {
  it('keeps a duration within the bound of its error', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MONTH_MS }), (ms) => {
        assert.ok(Math.abs(durationOf(bucketOf(ms)) - ms) <= ms * RELATIVE_ERROR + 1e-6, String(ms));
      }),
    );
  });

  it('tells percentiles as near as that', () => {
    const durations = fc.array(fc.integer({ min: 1, max: MONTH_MS }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.constantFrom(50, 95, 99), (all, percent) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
        const told = percentileOf(counted(all), percent) ?? 0;
        assert.ok(Math.abs(told - exact) <= exact * RELATIVE_ERROR + 1e-6, `${told} for ${exact}`);
      }),
    );
  });

  it('counts what took no time, or less, as at most a millisecond', () => {
    assert.deepEqual([-5, 0, 1].map(bucketOf), [0, 0, 0]);
    assert.equal(durationOf(0), 1);
  });

  it('has no percentile of nothing', () => {
    assert.equal(percentileOf([], 50), undefined);
    assert.equal(percentileOf([{ bucket: 3, count: 0n }], 50), undefined);
  });
});

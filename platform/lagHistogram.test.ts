import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { countOf, createLags, lagQuantile, lagsBetween } from './lagHistogram.ts';

const of = (...lagsMs: number[]) => {
  const lags = createLags();
  for (const lagMs of lagsMs) lags.observe(lagMs);
  return lags.seen();
};

describe('a histogram of lags', () => {
  it('tells quantiles, each within the bounds of its bucket', () => {
    const lags = of(...Array.from({ length: 98 }, () => 15), 900, 900);
    const p50 = lagQuantile(lags, 0.5) ?? 0;
    const p99 = lagQuantile(lags, 0.99) ?? 0;
    assert.ok(p50 > 10 && p50 <= 20, `${p50}`);
    assert.ok(p99 > 500 && p99 <= 1_000, `${p99}`);
    assert.equal(lags.sumMs, 98 * 15 + 1_800);
  });

  it('tells nothing of no events, and the last bound of what lies beyond it', () => {
    assert.equal(lagQuantile(of(), 0.5), undefined);
    assert.equal(lagQuantile(of(10_000_000), 0.5), 300_000);
    assert.equal(countOf(of(-5, 3)), 2);
  });

  it('tells what came between two looks, and all of it after a new start', () => {
    const lags = createLags();
    lags.observe(7);
    const before = lags.seen();
    lags.observe(40);
    assert.deepEqual(lagsBetween(before, lags.seen()), of(40));
    assert.deepEqual(lagsBetween(before, of(40)), of(40));
    assert.deepEqual(lagsBetween(undefined, before), before);
  });
});

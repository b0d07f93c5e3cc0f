import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { openLoop } from './openLoop.ts';
import { type Followed, outageOf, steadyOf } from './outage.ts';
import { quantilesOf } from './quantiles.ts';
import { orderWish, probeWish, SOLD_OUT, spread } from './workload.ts';

describe('the workload', () => {
  it('is the same each time', () => {
    for (let n = 0; n < 50; n++) assert.deepEqual(orderWish(n), orderWish(n));
  });

  it('has 5 % declined and 5 % out of stock, wherever it begins', () => {
    for (const first of [0, 7, 13, 1_001]) {
      const wishes = Array.from({ length: 100 }, (_, n) => orderWish(first + n));
      const of = (end: string) => wishes.filter((wish) => wish.end === end);
      assert.equal(of('CANCELLED').length, 5);
      assert.equal(of('REJECTED').length, 5);
      assert.ok(of('CANCELLED').every(({ paymentToken }) => paymentToken === 'tok_declined'));
      assert.ok(of('REJECTED').every(({ lines }) => lines.some(({ sku }) => sku === SOLD_OUT)));
    }
  });

  it('gives an order that is read back a customer of its own', () => {
    const customers = Array.from({ length: 100 }, (_, n) => probeWish(n).customerId);
    assert.equal(new Set(customers).size, 100);
  });

  it('spreads reads over all that there is', () => {
    const seen = new Set(Array.from({ length: 1_000 }, (_, n) => spread(n, 50)));
    assert.equal(seen.size, 50);
    for (const n of seen) assert.ok(n >= 0 && n < 50);
  });
});

describe('an open loop', () => {
  it('begins calls by the clock, though none has ended, and tells when each was due', async () => {
    const due: number[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await openLoop({ perSecond: 1_000, seconds: 0.05 }, async (n, dueMs) => {
      due.push(dueMs);
      if (n === 49) release();
      await held;
    });
    assert.equal(due.length, 50);
    const gaps = due.slice(1).map((each, at) => Math.round((each - (due[at] ?? 0)) * 1_000));
    assert.deepEqual(new Set(gaps), new Set([1_000]));
  });

  it('throws what a call throws', async () => {
    const failing = openLoop({ perSecond: 100, seconds: 10 }, () => Promise.reject(new Error('no')));
    await assert.rejects(failing, /no/);
  });
});

describe('quantiles', () => {
  it('are values that were measured', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    assert.deepEqual(quantilesOf(values), { count: 100, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
    assert.deepEqual(quantilesOf([7]), { count: 1, p50: 7, p90: 7, p95: 7, p99: 7, max: 7 });
    assert.equal(quantilesOf([]), undefined);
  });
});

describe('what an outage did', () => {
  const order = (dueMs: number, tookMs: number, more: Partial<Followed> = {}): Followed => ({
    dueMs,
    answeredMs: dueMs + 5,
    endedMs: dueMs + tookMs,
    status: 'COMPLETED',
    wanted: 'COMPLETED',
    refusals: 0,
    ...more,
  });
  const outage = { fromMs: 10_000, untilMs: 14_000 };

  it('counts orders that took longer than any before, and than a second', () => {
    const orders = [
      order(1_000, 100),
      order(2_000, 1_500),
      order(9_900, 20_000),
      order(11_000, 15_000, { status: 'CANCELLED', refusals: 2 }),
      order(12_000, 200, { status: 'REJECTED', wanted: 'REJECTED' }),
      order(20_000, 1_200),
      order(21_000, 6_000),
    ];
    const { affected, affectedEnds, asWanted, placed, refusals } = outageOf(orders, outage);
    assert.deepEqual(
      { affected, affectedEnds, asWanted, placed, refusals },
      {
        affected: 3,
        affectedEnds: { COMPLETED: 2, CANCELLED: 1 },
        asWanted: 2,
        placed: 2,
        refusals: 2,
      },
    );
  });

  it('does not count what was due just before it as how things are when all is well', () => {
    const { toEnd } = steadyOf([order(1_000, 100), order(9_500, 20_000)], outage.fromMs);
    assert.deepEqual([toEnd?.count, toEnd?.max], [1, 100]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createOrderTally } from './orderTally.ts';
import { createRates } from './rates.ts';

describe('rates', () => {
  it('are of the last seconds, and totals of all of them', () => {
    const rates = createRates(5_000);
    for (let ms = 0; ms < 10_000; ms += 100) rates.add('a', ms);
    assert.equal(rates.perSecond('a', 10_000), 10);
    assert.equal(rates.perSecond('a', 12_000), 6);
    assert.equal(rates.perSecond('a', 60_000), 0);
    assert.equal(rates.total('a'), 100);
    assert.equal(rates.perSecond('b', 0), 0);
  });
});

describe('orders in flight', () => {
  const counts = (told: readonly { status: string; count: number }[]) =>
    Object.fromEntries(told.flatMap(({ status, count }) => (count > 0 ? [[status.slice(13), count]] : [])));

  it('are counted where they were heard of last, whatever came first', () => {
    const tally = createOrderTally();
    for (const [id, ...types] of [
      ['a', 'OrderCreated'],
      ['b', 'OrderCreated', 'OrderItemsReserved'],
      ['c', 'OrderCreated', 'OrderPaid', 'OrderItemsReserved'],
      ['d', 'OrderCreated', 'OrderCancellationRequested', 'OrderPaid'],
      ['e', 'OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted', 'ConfirmRequested'],
      ['f', 'OrderCancellationRequested', 'OrderRefunded'],
      ['g', 'OrderNeedsReview'],
      ['h', 'OrderCreated', 'OrderNeedsReview', 'OrderCancellationRequested'],
      ['i', 'OrderCreated', 'OrderCancellationRequested', 'OrderNeedsReview'],
    ] as const) {
      for (const type of types) tally.add(id, type);
    }
    assert.deepEqual(counts(tally.inFlight()), {
      PENDING: 1,
      RESERVED: 1,
      PAID: 1,
      CANCELLING: 1,
      NEEDS_REVIEW: 3,
    });
    assert.deepEqual(counts(tally.ended()), { COMPLETED: 1, REFUNDED: 1 });
    tally.forgetInFlight();
    assert.deepEqual(counts(tally.inFlight()), {});
  });

  it('are bounded: the oldest are forgotten', () => {
    const tally = createOrderTally(2);
    for (const id of ['a', 'b', 'c']) tally.add(id, 'OrderCreated');
    tally.add('a', 'ConfirmRequested');
    assert.deepEqual(counts(tally.inFlight()), { PENDING: 2 });
  });
});

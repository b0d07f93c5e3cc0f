import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertEnds } from './orderTurn.ts';

const counts = (completed: number, cancelled: number, others: Readonly<Record<string, number>> = {}) => ({
  byStatus: new Map([
    ['ORDER_STATUS_COMPLETED', completed],
    ['ORDER_STATUS_CANCELLED', cancelled],
    ...Object.entries(others),
  ]),
});
const wishes = { declinedOf: 20 };
const before = counts(1_000, 500);

describe('how the orders of a turn have ended', () => {
  it('may be as they were to end, whatever was before', () => {
    assertEnds(before, counts(1_950, 550), wishes);
    assertEnds(before, counts(1_951, 549), wishes);
    assertEnds(before, counts(2_000, 500), { declinedOf: 0 });
  });

  it('may be no other way: that a turn is over sooner since orders fail is no speed', () => {
    const throws = (after: ReturnType<typeof counts>) =>
      assert.throws(() => assertEnds(before, after, wishes), /ended otherwise/);
    throws(counts(1_900, 600));
    throws(counts(2_000, 500));
    throws(counts(1_940, 550, { ORDER_STATUS_REJECTED: 10 }));
    throws(counts(1_940, 550, { ORDER_STATUS_REFUNDED: 10 }));
  });
});

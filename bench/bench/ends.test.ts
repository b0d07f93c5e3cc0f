import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertEnds } from './ends.ts';

const counts = (completed: number, cancelled: number, others: Readonly<Record<string, number>> = {}) => ({
  byStatus: new Map([
    ['ORDER_STATUS_COMPLETED', completed],
    ['ORDER_STATUS_CANCELLED', cancelled],
    ...Object.entries(others),
  ]),
});
const before = counts(1_000, 500);
const placed = { statuses: { '0': 1_000 }, declined: 50 };

describe('how the orders of a load have ended', () => {
  it('may be as they were to end, whatever was before', () => {
    assertEnds(before, counts(1_950, 550), placed);
    assertEnds(before, counts(1_010, 500), { statuses: { '0': 10 }, declined: 0 });
  });

  it('may differ by what nobody can tell of calls without an answer', () => {
    const unsure = { statuses: { '0': 998, '4': 2 }, declined: 49 };
    assertEnds(before, counts(1_950, 550), unsure);
    assertEnds(before, counts(1_949, 549), unsure);
    assert.throws(() => assertEnds(before, counts(1_950, 552), unsure), /ended otherwise/);
  });

  it('may be no other way: that a turn is over sooner since orders fail is no speed', () => {
    const throws = (after: ReturnType<typeof counts>) =>
      assert.throws(() => assertEnds(before, after, placed), /ended otherwise/);
    throws(counts(1_949, 551));
    throws(counts(1_951, 549));
    throws(counts(1_949, 550));
    throws(counts(1_940, 550, { ORDER_STATUS_REJECTED: 10 }));
    throws(counts(1_940, 550, { ORDER_STATUS_REFUNDED: 10 }));
  });
});

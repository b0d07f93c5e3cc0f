import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { GetSalesSummaryRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { periodOf } from './salesPeriod.ts';

const NOW = new Date('2026-03-10T15:00:00Z');

/** First day and last. */
const daysOf = (start: string | undefined, end: string | undefined): string => {
  const startTime = start === undefined ? undefined : new Date(start);
  const endTime = end === undefined ? undefined : new Date(end);
  const { first, last } = periodOf(GetSalesSummaryRequest.fromPartial({ startTime, endTime }), NOW);
  return `${first} to ${last}`;
};

describe('the period of a summary', () => {
  it('is the last 30 days, if nothing is said', () => {
    assert.equal(daysOf(undefined, undefined), '2026-02-09 to 2026-03-10');
  });

  it('has every day that begins before the end, and the whole day of the start', () => {
    assert.equal(daysOf('2026-03-01T10:00:00Z', '2026-03-05T00:00:00Z'), '2026-03-01 to 2026-03-04');
    assert.equal(daysOf('2026-03-01T00:00:00Z', '2026-03-05T00:00:01Z'), '2026-03-01 to 2026-03-05');
    assert.equal(daysOf('2026-03-10T15:00:00Z', '2026-03-10T15:00:00Z'), '2026-03-10 to 2026-03-10');
    assert.equal(daysOf('2026-03-09T00:00:00Z', undefined), '2026-03-09 to 2026-03-10');
  });

  it('is at most 400 days long', () => {
    assert.equal(daysOf('2025-02-04T00:00:00Z', undefined), '2025-02-04 to 2026-03-10');
    assert.throws(() => daysOf('2025-02-03T00:00:00Z', undefined), /start_time must be at most 400 days/);
  });

  it('does not end before it begins', () => {
    assert.throws(() => daysOf('2026-03-11T00:00:00Z', undefined), /start_time must be before end_time/);
    assert.throws(
      () => daysOf('2026-03-05T00:00:00Z', '2026-03-05T00:00:00Z'),
      /start_time must be before end_time/,
    );
  });

  it('is of days that there are', () => {
    assert.equal(daysOf(undefined, '0001-01-01T00:00:00Z'), '0001-01-01 to 0001-01-01');
    assert.equal(daysOf(undefined, '9999-12-31T23:59:59Z'), '9999-12-02 to 9999-12-31');
  });
});

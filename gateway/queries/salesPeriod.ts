/** The days that a summary is of. */
import { OrderlogError } from '../../platform/errors.ts';
import type { GetSalesSummaryRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { Period } from './salesTables.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 400;

/** Throws OrderlogError INVALID_FIELD that names the field. */
export function periodOf(
  { startTime, endTime, currencyCode: currency }: GetSalesSummaryRequest,
  now: Date,
): Period {
  // Every day that begins before the end.
  const last = startOfDay(endTime ? endTime.getTime() - 1 : now.getTime());
  const first = startTime ? startOfDay(startTime.getTime()) : startOfDay(last - (DEFAULT_DAYS - 1) * DAY_MS);
  if (first > last) throw wrong('must be before end_time, which is now where it is not given');
  const days = (last - first) / DAY_MS + 1;
  if (days > MAX_DAYS) {
    throw wrong(`must be at most ${MAX_DAYS} days before end_time, which is now where it is not given`);
  }
  return { first: dayOf(first), last: dayOf(last), currency };
}

/** The first day that a timestamp may name: 0001-01-01. */
const FIRST_DAY = -62_135_596_800_000;
const startOfDay = (ms: number): number => Math.max(FIRST_DAY, Math.floor(ms / DAY_MS) * DAY_MS);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const wrong = (description: string): OrderlogError =>
  new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `start_time ${description}`, {
    violations: [{ field: 'start_time', description }],
  });

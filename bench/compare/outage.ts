/** What an outage did to orders, told from when they were due, answered and ended. Pure. */
import type { Outage, Steady } from './figures.ts';
import { quantilesOf, round } from './quantiles.ts';

/** An order and its end; times as performance.now(). */
export interface Followed {
  readonly dueMs: number;
  readonly answeredMs: number;
  readonly endedMs: number;
  readonly status: string;
  /** How it had to end. */
  readonly wanted: string;
  readonly refusals: number;
}

/** Below a second nobody has waited. */
const AT_LEAST_MS = 1_000;

const toEnd = ({ dueMs, endedMs }: Followed): number => Math.max(0, endedMs - dueMs);
const toAnswer = ({ dueMs, answeredMs }: Followed): number => answeredMs - dueMs;

/** Of orders that were due early enough before the outage to know nothing of it. */
export function steadyOf(orders: readonly Followed[], fromMs: number): Steady {
  const calm = orders.filter(({ dueMs }) => dueMs < fromMs - AT_LEAST_MS);
  return { toAnswer: quantilesOf(calm.map(toAnswer)), toEnd: quantilesOf(calm.map(toEnd)) };
}

export function outageOf(
  orders: readonly Followed[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Outage {
  const calm = orders.filter(({ endedMs }) => endedMs < fromMs);
  const slowestMs = Math.max(AT_LEAST_MS, ...calm.map(toEnd));
  const during = orders.filter(({ dueMs }) => dueMs >= fromMs && dueMs < untilMs);
  const affected = orders.filter((order) => order.endedMs >= fromMs && toEnd(order) > slowestMs);
  const ends: Record<string, number> = {};
  for (const { status } of affected) ends[status] = (ends[status] ?? 0) + 1;
  return {
    seconds: round((untilMs - fromMs) / 1_000, 1),
    placed: during.length,
    refusals: during.reduce((sum, { refusals }) => sum + refusals, 0),
    toAnswer: quantilesOf(during.map(toAnswer)),
    affected: affected.length,
    affectedToEnd: quantilesOf(affected.map(toEnd)),
    affectedEnds: ends,
    asWanted: affected.filter(({ status, wanted }) => status === wanted).length,
  };
}

/** GetSalesSummary: what the sums of a period come to. Its cost depends on days, SKUs and currencies, and not on orders. */
import { OrderlogError } from '../../platform/errors.ts';
import { type BucketCount, percentileOf } from '../../platform/histogram.ts';
import { moneyOf } from '../../platform/money.ts';
import type { Duration } from '../../proto/gen/google/protobuf/duration.ts';
import { CancellationReason, OrderStatus, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  type EndingCount,
  type GetSalesSummaryRequest,
  type GetSalesSummaryResponse,
  ReadSource,
  type SalesTotal,
  type StepLatency,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { awaitVersion, type QueryCall, readOptions } from './freshness.ts';
import type { SalesModel } from './salesModel.ts';
import { periodOf } from './salesPeriod.ts';
import { type DayRow, type EndingRow, MAX_DAY_ROWS, type SalesRows } from './salesTables.ts';
import { wantedVersion } from './wantedVersion.ts';

export interface SalesQueries {
  /** Throws OrderlogError. */
  getSalesSummary(request: GetSalesSummaryRequest, call: QueryCall): Promise<GetSalesSummaryResponse>;
}

export const salesQueries = (model: SalesModel, consistencyKey: Uint8Array): SalesQueries => ({
  async getSalesSummary(request, call) {
    const period = periodOf(request, new Date());
    const wanted = wantedVersion(consistencyKey, request.consistencyToken);
    if (wanted) await awaitVersion(model, wanted, call);
    const rows = await model.sales(period, readOptions(call));
    if (rows.days.length > MAX_DAY_ROWS) throw tooManyCurrencies();
    return { ...summaryOf(rows), firstDate: period.first, lastDate: period.last };
  },
});

/** Where no analytics run. */
export const noSalesQueries: SalesQueries = {
  async getSalesSummary() {
    const message =
      'GetSalesSummary needs the analytics database, and the gateway has none here: run it with ORDERLOG_READS=projection ' +
      '(npm start then runs analytics too), or set ORDERLOG_ANALYTICS_DATABASE_URL';
    throw new OrderlogError('UNIMPLEMENTED', 'NEEDS_ANALYTICS', message);
  },
};

function tooManyCurrencies(): OrderlogError {
  const description = `must be given: the period has more than ${MAX_DAY_ROWS} days and currencies; or ask for fewer days`;
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `currency_code ${description}`, {
    violations: [{ field: 'currency_code', description }],
  });
}

const STEPS = ['placed', 'reserved', 'paid', 'completed', 'refunded', 'rejected', 'cancelled'];
const TIMED_STEPS = ['reserve', 'charge', 'cancel', 'refund', 'order'];

const summaryOf = (rows: SalesRows): Omit<GetSalesSummaryResponse, 'firstDate' | 'lastDate'> => ({
  dailySales: rows.days.map(({ day, ...sums }) => ({ date: day, ...totalOf(sums) })),
  skuSales: rows.skus.map(({ sku, name, quantity, currency, revenueMinor }) => ({
    sku,
    name,
    quantity,
    revenue: moneyOf({ currency, minor: revenueMinor }),
  })),
  funnel: rows.statuses.map(({ status, orders }) => ({ status, count: orders })),
  stepLatencies: TIMED_STEPS.flatMap((step) => latencyOf(step, rows.times.get(step) ?? [])),
  readState: {
    source: ReadSource.READ_SOURCE_PROJECTION,
    orderVersion: 0,
    logSequence: BigInt(rows.sequence),
  },
  totals: totalsOf(rows.days),
  funnelSteps: STEPS.map((step) => ({ step, orders: rows.steps.get(step) ?? 0n })),
  endings: rows.endings.map(endingOf).sort((a, b) => Number(b.orders - a.orders)),
});

type Sums = Omit<DayRow, 'day'>;

const totalOf = (sums: Sums): SalesTotal => {
  const { currency, completedOrders, refundedOrders, completedMinor, refundedMinor } = sums;
  return {
    completedOrders,
    revenue: moneyOf({ currency, minor: completedMinor - refundedMinor }),
    refundedOrders,
    refunded: moneyOf({ currency, minor: refundedMinor }),
  };
};

function totalsOf(days: readonly DayRow[]): SalesTotal[] {
  const totals = new Map<string, Sums>();
  for (const row of days) {
    const before = totals.get(row.currency);
    totals.set(row.currency, before ? plus(before, row) : row);
  }
  return [...totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)).map(totalOf);
}

const plus = (a: Sums, b: Sums): Sums => ({
  currency: a.currency,
  completedOrders: a.completedOrders + b.completedOrders,
  completedMinor: a.completedMinor + b.completedMinor,
  refundedOrders: a.refundedOrders + b.refundedOrders,
  refundedMinor: a.refundedMinor + b.refundedMinor,
});

function endingOf({ status, reason, orders }: EndingRow): EndingCount {
  const isRejected = status === OrderStatus.ORDER_STATUS_REJECTED;
  return {
    status,
    rejectionReason: isRejected ? (reason as RejectionReason) : RejectionReason.REJECTION_REASON_UNSPECIFIED,
    cancellationReason: isRejected
      ? CancellationReason.CANCELLATION_REASON_UNSPECIFIED
      : (reason as CancellationReason),
    orders,
  };
}

/** None for a step that nobody took. */
function latencyOf(step: string, buckets: readonly BucketCount[]): StepLatency[] {
  if (buckets.length === 0) return [];
  const at = (percent: number) => durationOf(percentileOf(buckets, percent) ?? 0);
  const orders = buckets.reduce((sum, { count }) => sum + count, 0n);
  return [{ step, p50: at(50), p95: at(95), p99: at(99), orders }];
}

function durationOf(ms: number): Duration {
  const whole = Math.round(ms);
  return { seconds: BigInt(Math.floor(whole / 1_000)), nanos: (whole % 1_000) * 1_000_000 };
}

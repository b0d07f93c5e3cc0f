/**
 * The sums that the projector keeps (projector/analytics/tables.sql), read in one snapshot with its checkpoint. Which schema
 * they lie in is asked in that snapshot too, so that an answer is of one generation, whatever becomes live meanwhile.
 */
import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';
import type { BucketCount } from '../../platform/histogram.ts';
import type { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';

/** Days, both included: YYYY-MM-DD. */
export interface Period {
  readonly first: string;
  readonly last: string;
  /** Sales in this currency only; '': in all. */
  readonly currency: string;
}

export interface DayRow {
  readonly day: string;
  readonly currency: string;
  readonly completedOrders: bigint;
  readonly completedMinor: bigint;
  readonly refundedOrders: bigint;
  readonly refundedMinor: bigint;
}

export interface SkuRow {
  readonly sku: string;
  readonly currency: string;
  readonly name: string;
  readonly quantity: bigint;
  readonly revenueMinor: bigint;
}

export interface EndingRow {
  readonly status: OrderStatus;
  /** A RejectionReason of a rejected order, else a CancellationReason. */
  readonly reason: number;
  readonly orders: bigint;
}

export interface SalesRows {
  /** The sequence in stream ORDERS up to which all is counted. */
  readonly sequence: number;
  readonly days: readonly DayRow[];
  readonly skus: readonly SkuRow[];
  readonly steps: ReadonlyMap<string, bigint>;
  readonly statuses: readonly { readonly status: OrderStatus; readonly orders: bigint }[];
  readonly endings: readonly EndingRow[];
  readonly times: ReadonlyMap<string, readonly BucketCount[]>;
}

/** What is read where nothing was counted yet. */
export const nothingCounted: SalesRows = {
  sequence: 0,
  days: [],
  skus: [],
  steps: new Map(),
  statuses: [],
  endings: [],
  times: new Map(),
};

export const MAX_SKUS = 1_000;
/** A year of days in some 25 currencies. */
export const MAX_DAY_ROWS = 10_000;

/** Reads all that is asked of a period: at most one row more than MAX_DAY_ROWS, and MAX_SKUS. */
export async function readSales(tx: Transaction, schema: string, period: Period): Promise<SalesRows> {
  return {
    sequence: await readSequence(tx, schema),
    days: await readDays(tx, schema, period),
    skus: await readSkus(tx, schema, period),
    steps: new Map((await readCounts(tx, schema, 'funnel', ['step'], period)).map((r) => [r.step, r.orders])),
    statuses: await readCounts(tx, schema, 'statuses', ['status'], period),
    endings: await readCounts(tx, schema, 'endings', ['status', 'reason'], period),
    times: await readTimes(tx, schema, period),
  };
}

export async function readSequence(tx: Transaction, schema: string): Promise<number> {
  const { rows } = await sql<{ sequence: bigint }>`
    select sequence from ${sql.id(schema, 'checkpoint')}`.execute(tx);
  return Number(rows[0]?.sequence ?? 0n);
}

const within = ({ first, last }: Period) => sql`day between ${first}::date and ${last}::date`;
const inCurrency = ({ currency }: Period) => (currency === '' ? sql`` : sql`and currency = ${currency}`);

async function readDays(tx: Transaction, schema: string, period: Period): Promise<DayRow[]> {
  const { rows } = await sql<Record<keyof DayRow, string>>`
    select day::text, currency, completed_orders::text as "completedOrders",
      completed_minor::text as "completedMinor", refunded_orders::text as "refundedOrders",
      refunded_minor::text as "refundedMinor"
    from ${sql.id(schema, 'daily_sales')} where ${within(period)} ${inCurrency(period)}
      and (completed_orders, refunded_orders) <> (0, 0)
    order by day, currency limit ${MAX_DAY_ROWS + 1}`.execute(tx);
  return rows.map(({ day, currency, ...sums }) => ({
    day,
    currency,
    completedOrders: BigInt(sums.completedOrders),
    completedMinor: BigInt(sums.completedMinor),
    refundedOrders: BigInt(sums.refundedOrders),
    refundedMinor: BigInt(sums.refundedMinor),
  }));
}

async function readSkus(tx: Transaction, schema: string, period: Period): Promise<SkuRow[]> {
  const { rows } = await sql<Record<keyof SkuRow, string>>`
    select sku, currency, (array_agg(name order by day desc, name))[1] as name, sum(quantity)::text as quantity,
      sum(revenue_minor)::text as "revenueMinor"
    from ${sql.id(schema, 'sku_sales')} where ${within(period)} ${inCurrency(period)}
    group by sku, currency having sum(quantity) <> 0 or sum(revenue_minor) <> 0
    order by sum(revenue_minor) desc, sku, currency limit ${MAX_SKUS}`.execute(tx);
  return rows.map(({ sku, currency, name, quantity, revenueMinor }) => ({
    sku,
    currency,
    name,
    quantity: BigInt(quantity),
    revenueMinor: BigInt(revenueMinor),
  }));
}

type Keys = {
  readonly step: string;
  readonly status: OrderStatus;
  readonly reason: number;
  readonly bucket: number;
};

/** Orders by these columns; rows of none are left out. */
async function readCounts<K extends keyof Keys>(
  tx: Transaction,
  schema: string,
  table: string,
  columns: readonly K[],
  period: Period,
): Promise<readonly (Pick<Keys, K> & { readonly orders: bigint })[]> {
  const names = sql.join(columns.map((column) => sql.id(column)));
  const { rows } = await sql<Pick<Keys, K> & { orders: string }>`
    select ${names}, sum(orders)::text as orders from ${sql.id(schema, table)} where ${within(period)}
    group by ${names} having sum(orders) <> 0 order by ${names}`.execute(tx);
  return rows.map((row) => ({ ...row, orders: BigInt(row.orders) }));
}

async function readTimes(
  tx: Transaction,
  schema: string,
  period: Period,
): Promise<ReadonlyMap<string, readonly BucketCount[]>> {
  const rows = await readCounts(tx, schema, 'step_times', ['step', 'bucket'], period);
  const counts = rows.map(({ step, bucket, orders: count }) => ({ step, bucket, count }));
  return Map.groupBy(counts, ({ step }) => step);
}

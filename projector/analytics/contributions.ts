/**
 * What one order adds to the sums. Pure.
 *
 * Sales count on the day of the sale, and a refund on the day of the refund, so that what was told of a day that is over stays
 * as it is. How the saga did counts on the day on which the order was placed: so those who reached a step are a part of those
 * who were placed, on every day.
 */
import { bucketOf } from '../../platform/histogram.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { Contribution, SumTable } from '../tables/projection.ts';
import type { Booking, CountedOrder } from './state.ts';

/** As in tables.sql. */
export const sumTables = {
  daily_sales: {
    keys: { day: 'date', currency: 'text' },
    sums: ['completed_orders', 'completed_minor', 'refunded_orders', 'refunded_minor'],
  },
  sku_sales: {
    keys: { day: 'date', currency: 'text', sku: 'text', name: 'text' },
    sums: ['quantity', 'revenue_minor'],
  },
  funnel: { keys: { day: 'date', step: 'text' }, sums: ['orders'] },
  statuses: { keys: { day: 'date', status: 'integer' }, sums: ['orders'] },
  endings: { keys: { day: 'date', status: 'integer', reason: 'integer' }, sums: ['orders'] },
  step_times: { keys: { day: 'date', step: 'text', bucket: 'integer' }, sums: ['orders'] },
} as const satisfies Readonly<Record<string, SumTable>>;

export function contributions(order: CountedOrder): readonly Contribution[] {
  const day = dayOf(order.placedAt);
  const one = (table: keyof typeof sumTables, ...key: readonly (string | number)[]): Contribution => ({
    table,
    key: [day, ...key],
    sums: [1n],
  });
  const reason = reasonOf(order);
  return [
    ...salesOf(order),
    one('statuses', order.status),
    ...stepsOf(order).map((step) => one('funnel', step)),
    ...(reason === undefined ? [] : [one('endings', order.status, reason)]),
    ...Object.entries(order.took).map(([step, ms]) => one('step_times', step, bucketOf(ms))),
  ];
}

/** UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function salesOf({ sale, refund, lines }: CountedOrder): readonly Contribution[] {
  const booked = ({ at, currency, minor }: Booking, sign: 1n | -1n): Contribution[] => {
    const day = dayOf(at);
    const money = sign === 1n ? [1n, minor, 0n, 0n] : [0n, 0n, 1n, minor];
    return [
      { table: 'daily_sales', key: [day, currency], sums: money },
      ...lines.map((line) => ({
        table: 'sku_sales',
        key: [day, line.currency, line.sku, line.name],
        sums: [sign * BigInt(line.quantity), sign * line.minor],
      })),
    ];
  };
  return [...(sale ? booked(sale, 1n) : []), ...(sale && refund ? booked(refund, -1n) : [])];
}

/** The steps of the funnel that an order has reached. */
function stepsOf({ reservedAt, paidAt, sale, refund, status }: CountedOrder): readonly string[] {
  const reached: Readonly<Record<string, boolean>> = {
    placed: true,
    reserved: reservedAt !== undefined,
    paid: paidAt !== undefined,
    completed: sale !== undefined,
    refunded: sale !== undefined && refund !== undefined,
    rejected: status === OrderStatus.ORDER_STATUS_REJECTED,
    cancelled: status === OrderStatus.ORDER_STATUS_CANCELLED,
  };
  return Object.keys(reached).filter((step) => reached[step]);
}

/** Why it ended without a sale, or gave it back. */
function reasonOf({ status, rejectionReason, cancellationReason }: CountedOrder): number | undefined {
  switch (status) {
    case OrderStatus.ORDER_STATUS_REJECTED:
      return rejectionReason;
    case OrderStatus.ORDER_STATUS_CANCELLED:
    case OrderStatus.ORDER_STATUS_REFUNDED:
      return cancellationReason;
    default:
      return undefined;
  }
}

/**
 * Order events folded into what is counted of the order. Pure.
 *
 * A step's time is from the order's note that it could begin to the note of its outcome, whichever that is. Of a payment that
 * was noted before the reservation no time is known, since it is not known from when on it could be charged.
 */
import { amountOf } from '../../platform/money.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import { CancellationReason, OrderStatus, type PricedLine } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { RecordedEvent } from '../engine/projection.ts';
import type { OrderEvent } from '../orders/events.ts';
import { statusAfter } from '../orders/status.ts';
import type { Booking, CountedLine, CountedOrder, TimedStep } from './state.ts';

/** The order after one more event. Throws for money that is none. */
export function project(
  order: CountedOrder | undefined,
  { event, time }: RecordedEvent<OrderEvent>,
): CountedOrder {
  const at = time.getTime();
  const before = order ?? { status: OrderStatus.ORDER_STATUS_UNSPECIFIED, placedAt: at, took: {}, lines: [] };
  if (!event) return before;
  return apply({ ...before, status: statusAfter(before.status, event) }, event, at);
}

function apply(order: CountedOrder, event: OrderEvent, at: number): CountedOrder {
  switch (event.type) {
    case 'OrderCreated':
    case 'OrderNeedsReview':
      return order;
    case 'OrderItemsReserved': {
      const lines = event.data.lines.map(lineOf);
      return { ...took(order, 'reserve', order.placedAt, at), reservedAt: order.reservedAt ?? at, lines };
    }
    case 'OrderPaid':
      return { ...took(order, 'charge', order.reservedAt, at), paidAt: order.paidAt ?? at };
    case 'OrderCompleted':
      return { ...ended(order, at), sale: order.sale ?? booking(event.data.total, at) };
    case 'OrderRejected': {
      const rejected = { ...ended(order, at), rejectionReason: event.data.reason };
      return took(rejected, 'reserve', order.placedAt, at);
    }
    case 'OrderCancellationRequested':
      return { ...order, cancelAskedAt: order.cancelAskedAt ?? at };
    case 'OrderCancelled': {
      const { reason } = event.data;
      const cancelled = took(
        { ...ended(order, at), cancellationReason: reason },
        'cancel',
        order.cancelAskedAt,
        at,
      );
      const isDeclined = reason === CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED;
      return isDeclined ? took(cancelled, 'charge', order.reservedAt, at) : cancelled;
    }
    case 'OrderRefunded': {
      const { reason, amount } = event.data;
      const refunded = { ...order, cancellationReason: reason, refund: order.refund ?? booking(amount, at) };
      return took(refunded, 'refund', order.cancelAskedAt, at);
    }
    default:
      event satisfies never;
      return order;
  }
}

/** An order ends once. */
const ended = (order: CountedOrder, at: number): CountedOrder => ({
  ...took(order, 'order', order.placedAt, at),
  endedAt: order.endedAt ?? at,
});

/** The first time counts; without a beginning there is none. */
const took = (order: CountedOrder, step: TimedStep, from: number | undefined, to: number): CountedOrder =>
  from === undefined || order.took[step] !== undefined
    ? order
    : { ...order, took: { ...order.took, [step]: Math.max(0, to - from) } };

function lineOf({ sku, name, quantity, lineTotal }: PricedLine): CountedLine {
  const { currency, minor } = amountOf(lineTotal ?? NO_MONEY, 'line_total');
  return { sku: withoutNul(sku), name: withoutNul(name), quantity, currency, minor };
}

function booking(money: Money | undefined, at: number): Booking {
  return { at, ...amountOf(money ?? NO_MONEY, 'amount') };
}

/** Refused as money of no currency. */
const NO_MONEY: Money = { currencyCode: '', units: 0n, nanos: 0 };

/** PostgreSQL's text holds every character but this one. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');

/**
 * When a watch of an order is over: when the order's saga has reached an end, by its definition. A completed order may still be
 * refunded, at any time or never; so COMPLETED is an end like the others, unless the refund has been asked for: then the watch
 * goes on until the money is back.
 */
import { readSaga } from '../../platform/saga/definition.ts';
import type { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';

const ENDS: readonly OrderStatus[] = [
  OrderStatus.ORDER_STATUS_COMPLETED,
  OrderStatus.ORDER_STATUS_REJECTED,
  OrderStatus.ORDER_STATUS_CANCELLED,
  OrderStatus.ORDER_STATUS_REFUNDED,
];

export function hasEnded({ status, cancellationReason }: Order): boolean {
  const isAskedBack = cancellationReason !== CancellationReason.CANCELLATION_REASON_UNSPECIFIED;
  if (status === OrderStatus.ORDER_STATUS_COMPLETED) return !isAskedBack;
  return ENDS.includes(status);
}

const ends = new Set(readSaga('place-order').ends.map(({ event }) => event));

/** Whether an order may have ended with an event; by its full name. */
export const isEnd = (type: string): boolean => ends.has(type);

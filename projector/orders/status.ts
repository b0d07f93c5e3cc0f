/** Where an order stands after one more of its events, as its service sees it (services/order/domain/evolve.ts). Pure. */
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { OrderEvent } from './events.ts';

export function statusAfter(status: OrderStatus, event: OrderEvent): OrderStatus {
  switch (event.type) {
    case 'OrderCreated':
      return OrderStatus.ORDER_STATUS_PENDING;
    // News of another service may come late: to an order that is paid, or being cancelled, it adds facts and no status.
    case 'OrderItemsReserved':
      return status === OrderStatus.ORDER_STATUS_PENDING ? OrderStatus.ORDER_STATUS_RESERVED : status;
    case 'OrderPaid':
      return isOpen(status) ? OrderStatus.ORDER_STATUS_PAID : status;
    // Until that is settled it cannot end, whoever asked for its end.
    case 'OrderNeedsReview':
      return isReviewed(status) ? OrderStatus.ORDER_STATUS_NEEDS_REVIEW : status;
    case 'OrderCompleted':
      return OrderStatus.ORDER_STATUS_COMPLETED;
    case 'OrderRejected':
      return OrderStatus.ORDER_STATUS_REJECTED;
    // An end stays when money is asked back after it.
    case 'OrderCancellationRequested':
      return isEnd(status) || status === OrderStatus.ORDER_STATUS_NEEDS_REVIEW
        ? status
        : OrderStatus.ORDER_STATUS_CANCELLING;
    case 'OrderCancelled':
      return OrderStatus.ORDER_STATUS_CANCELLED;
    case 'OrderRefunded':
      return OrderStatus.ORDER_STATUS_REFUNDED;
    default:
      event satisfies never;
      return status;
  }
}

const ENDS: ReadonlySet<OrderStatus> = new Set([
  OrderStatus.ORDER_STATUS_COMPLETED,
  OrderStatus.ORDER_STATUS_REJECTED,
  OrderStatus.ORDER_STATUS_CANCELLED,
  OrderStatus.ORDER_STATUS_REFUNDED,
]);

/** Only a refund may follow. */
export const isEnd = (status: OrderStatus): boolean => ENDS.has(status);

/** Neither paid nor about to end: what Payment reports says where it stands. */
export const isOpen = (status: OrderStatus): boolean =>
  status === OrderStatus.ORDER_STATUS_PENDING ||
  status === OrderStatus.ORDER_STATUS_RESERVED ||
  status === OrderStatus.ORDER_STATUS_NEEDS_REVIEW;

/** A review of its payment is what it waits for. */
export const isReviewed = (status: OrderStatus): boolean =>
  isOpen(status) || status === OrderStatus.ORDER_STATUS_CANCELLING;

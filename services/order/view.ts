/** An order as the contract shows it: without its payment token, sealed or not. */
import { Order as OrderMessage } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { Order, PlacedOrder } from './domain/state.ts';

const statuses: Readonly<Record<PlacedOrder['status'], OrderStatus>> = {
  pending: OrderStatus.ORDER_STATUS_PENDING,
  reserved: OrderStatus.ORDER_STATUS_RESERVED,
  paid: OrderStatus.ORDER_STATUS_PAID,
  needsReview: OrderStatus.ORDER_STATUS_NEEDS_REVIEW,
  completed: OrderStatus.ORDER_STATUS_COMPLETED,
  rejected: OrderStatus.ORDER_STATUS_REJECTED,
  cancelling: OrderStatus.ORDER_STATUS_CANCELLING,
  cancelled: OrderStatus.ORDER_STATUS_CANCELLED,
  refunded: OrderStatus.ORDER_STATUS_REFUNDED,
};

/** An order that cannot end before a review of its payment has shows that, and not that its end was asked for. */
export function statusOf(order: Order): OrderStatus {
  if (order.status === 'none') return OrderStatus.ORDER_STATUS_UNSPECIFIED;
  return order.status === 'cancelling' && order.review
    ? OrderStatus.ORDER_STATUS_NEEDS_REVIEW
    : statuses[order.status];
}

/** The state's own words for what may show a status; none for one that no order has. */
export const statusNames = (status: OrderStatus): readonly string[] => [
  ...Object.entries(statuses).flatMap(([name, value]) => (value === status ? [name] : [])),
  ...(status === OrderStatus.ORDER_STATUS_NEEDS_REVIEW ? ['cancelling'] : []),
];

export function orderMessage(order: PlacedOrder, version: number): OrderMessage {
  const { context, lines, reservation, payment, review, createdAt, updatedAt } = order;
  return OrderMessage.fromPartial({
    orderId: context.orderId,
    customerId: context.customerId,
    status: statusOf(order),
    lines: [...lines],
    pricedLines: [...(reservation?.lines ?? [])],
    total: reservation?.total,
    sagaMode: context.mode,
    paymentId: payment?.paymentId ?? review?.paymentId ?? '',
    ...reasonOf(order),
    createTime: createdAt,
    updateTime: updatedAt,
    deadline: context.deadline,
    version,
  });
}

/** Why it ended, is about to, or cannot yet. */
function reasonOf(order: PlacedOrder): Partial<OrderMessage> {
  switch (order.status) {
    case 'rejected':
      return { rejectionReason: order.reason, message: order.message };
    case 'cancelling':
      return { cancellationReason: order.reason, message: order.review?.message ?? order.message };
    case 'cancelled':
    case 'refunded':
      return { cancellationReason: order.reason, message: order.message };
    case 'completed':
      return order.refund ? { cancellationReason: order.refund.reason, message: order.refund.message } : {};
    case 'needsReview':
      return { message: order.review?.message ?? '' };
    case 'pending':
    case 'reserved':
    case 'paid':
      return {};
    default:
      order satisfies never;
      return {};
  }
}

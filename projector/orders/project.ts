/**
 * Order events folded into the order as its readers see it. Pure. What is sealed stays out: of a saga's context only the
 * customer, the mode and the deadline are taken.
 */
import { defineEvents, type EventOf, shortName } from '../../platform/events.ts';
import {
  OrderCancellationRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderItemsReserved,
  OrderNeedsReview,
  OrderPaid,
  OrderRefunded,
  OrderRejected,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { type OrderLine, OrderStatus, type PricedLine } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { RecordedEvent } from '../engine/projection.ts';

const messages = {
  OrderCreated,
  OrderItemsReserved,
  OrderPaid,
  OrderNeedsReview,
  OrderCompleted,
  OrderRejected,
  OrderCancellationRequested,
  OrderCancelled,
  OrderRefunded,
};
/** The events that change more than version and timeline. */
export const orderEvents = defineEvents(ORDERS.protoPackage, messages);
export type OrderEvent = EventOf<typeof messages>;

/** The view after one more event. */
export function project(view: OrderView | undefined, recorded: RecordedEvent<OrderEvent>): OrderView {
  const next = advance(view ?? OrderView.fromPartial({ orderId: recorded.streamId }), recorded);
  return recorded.event ? apply(next, recorded.event) : next;
}

/** What every event does: it is one more version, and one more entry of the timeline. */
function advance(view: OrderView, { type, version, eventId, time }: RecordedEvent): OrderView {
  const entry = { eventType: shortName(type), createTime: time, version, eventId };
  return {
    ...view,
    timeline: [...view.timeline, entry],
    createTime: view.createTime ?? time,
    updateTime: time,
    version,
  };
}

function apply(view: OrderView, event: OrderEvent): OrderView {
  switch (event.type) {
    case 'OrderCreated': {
      const { context, lines } = event.data;
      return {
        ...view,
        status: OrderStatus.ORDER_STATUS_PENDING,
        customerId: context?.customerId ?? '',
        sagaMode: context?.mode ?? view.sagaMode,
        deadline: context?.deadline,
        lines: lines.map(unpriced),
      };
    }
    case 'OrderItemsReserved': {
      const { lines, total } = event.data;
      return { ...view, status: reservedStatus(view.status), lines, total };
    }
    case 'OrderPaid':
      return { ...view, ...chargeNews(view, OrderStatus.ORDER_STATUS_PAID), paymentId: event.data.paymentId };
    case 'OrderNeedsReview': {
      const { paymentId, message } = event.data;
      return { ...view, ...chargeNews(view, OrderStatus.ORDER_STATUS_NEEDS_REVIEW, message), paymentId };
    }
    case 'OrderCompleted':
      return { ...view, status: OrderStatus.ORDER_STATUS_COMPLETED };
    case 'OrderRejected': {
      const { reason, message } = event.data;
      return { ...view, status: OrderStatus.ORDER_STATUS_REJECTED, rejectionReason: reason, message };
    }
    case 'OrderCancellationRequested': {
      const { reason, message } = event.data;
      return cancelling(view, { cancellationReason: reason, message });
    }
    case 'OrderCancelled': {
      const { reason, message } = event.data;
      return { ...view, status: OrderStatus.ORDER_STATUS_CANCELLED, cancellationReason: reason, message };
    }
    case 'OrderRefunded': {
      const { reason, message } = event.data;
      return { ...view, status: OrderStatus.ORDER_STATUS_REFUNDED, cancellationReason: reason, message };
    }
    default:
      event satisfies never;
      return view;
  }
}

const unpriced = ({ sku, quantity }: OrderLine): PricedLine => ({
  sku,
  name: '',
  quantity,
  unitPrice: undefined,
  lineTotal: undefined,
});

// News of another service may come late: to an order that is paid, or being cancelled, it adds facts and no status.
const reservedStatus = (status: OrderStatus): OrderStatus =>
  status === OrderStatus.ORDER_STATUS_PENDING ? OrderStatus.ORDER_STATUS_RESERVED : status;

/** What Payment reports says where an open order stands; a review's message goes with the review. */
function chargeNews(
  view: OrderView,
  status: OrderStatus,
  message = '',
): Partial<Pick<OrderView, 'status' | 'message'>> {
  const isOpen =
    view.status === OrderStatus.ORDER_STATUS_PENDING ||
    view.status === OrderStatus.ORDER_STATUS_RESERVED ||
    view.status === OrderStatus.ORDER_STATUS_NEEDS_REVIEW;
  return isOpen ? { status, message } : {};
}

/** An end stays when money is asked back after it: a completed order says why, others keep why they ended. */
function cancelling(view: OrderView, why: Pick<OrderView, 'cancellationReason' | 'message'>): OrderView {
  switch (view.status) {
    case OrderStatus.ORDER_STATUS_REJECTED:
    case OrderStatus.ORDER_STATUS_CANCELLED:
      return view;
    case OrderStatus.ORDER_STATUS_COMPLETED:
      return { ...view, ...why };
    default:
      return { ...view, ...why, status: OrderStatus.ORDER_STATUS_CANCELLING };
  }
}

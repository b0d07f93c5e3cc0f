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
      return { ...view, status: paidStatus(view.status), paymentId: event.data.paymentId };
    case 'OrderCompleted':
      return { ...view, status: OrderStatus.ORDER_STATUS_COMPLETED };
    case 'OrderRejected': {
      const { reason, message } = event.data;
      return { ...view, status: OrderStatus.ORDER_STATUS_REJECTED, rejectionReason: reason, message };
    }
    case 'OrderCancellationRequested': {
      const { reason, message } = event.data;
      return { ...view, status: OrderStatus.ORDER_STATUS_CANCELLING, cancellationReason: reason, message };
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

const paidStatus = (status: OrderStatus): OrderStatus =>
  status === OrderStatus.ORDER_STATUS_PENDING || status === OrderStatus.ORDER_STATUS_RESERVED
    ? OrderStatus.ORDER_STATUS_PAID
    : status;

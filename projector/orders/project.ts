/**
 * Order events folded into the order as its readers see it. Pure. What is sealed stays out: of a saga's context only the
 * customer, the mode and the deadline are taken.
 */
import { shortName } from '../../platform/events.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { unpriced } from '../../proto/orderLines.ts';
import type { RecordedEvent } from '../engine/projection.ts';
import type { OrderEvent } from './events.ts';
import { isOpen, isReviewed, statusAfter } from './status.ts';

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

function apply(before: OrderView, event: OrderEvent): OrderView {
  const view = { ...before, status: statusAfter(before.status, event) };
  switch (event.type) {
    case 'OrderCreated': {
      const { context, lines } = event.data;
      return {
        ...view,
        customerId: context?.customerId ?? '',
        sagaMode: context?.mode ?? view.sagaMode,
        deadline: context?.deadline,
        lines: lines.map(unpriced),
      };
    }
    case 'OrderItemsReserved': {
      const { lines, total } = event.data;
      return { ...view, lines, total };
    }
    // A review's message comes and goes with it.
    case 'OrderPaid':
      return { ...view, ...(isOpen(before.status) && { message: '' }), paymentId: event.data.paymentId };
    case 'OrderNeedsReview': {
      const { paymentId, message } = event.data;
      return { ...view, ...(isReviewed(before.status) && { message }), paymentId };
    }
    case 'OrderCompleted':
      return view;
    case 'OrderRejected': {
      const { reason, message } = event.data;
      return { ...view, rejectionReason: reason, message };
    }
    case 'OrderCancellationRequested': {
      const { reason, message } = event.data;
      if (endedWithoutSale(view)) return view;
      const isInReview = view.status === OrderStatus.ORDER_STATUS_NEEDS_REVIEW;
      return { ...view, cancellationReason: reason, ...(!isInReview && { message }) };
    }
    case 'OrderCancelled':
    case 'OrderRefunded': {
      const { reason, message } = event.data;
      return { ...view, cancellationReason: reason, message };
    }
    default:
      event satisfies never;
      return view;
  }
}

/** What ended so keeps why it did when money is asked back after it; a completed order says why that is. */
const endedWithoutSale = ({ status }: OrderView): boolean =>
  status === OrderStatus.ORDER_STATUS_REJECTED || status === OrderStatus.ORDER_STATUS_CANCELLED;

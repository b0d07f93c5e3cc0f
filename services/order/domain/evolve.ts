/** An order after one more of its events. Never decides: what the history says has happened. */
import type { EventMeta } from '../../../platform/decider.ts';
import { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderEvent } from './events.ts';
import { hasEnded, type Order, type OrderState, type PlacedOrder } from './state.ts';

export function evolve(state: OrderState, event: OrderEvent, meta: EventMeta): OrderState {
  return state.status === 'unreadable'
    ? { ...state, order: evolveOrder(state.order, event, meta) }
    : evolveOrder(state, event, meta);
}

/** An order after an event that this version does not know, or cannot read. */
export function evolveUnknown(state: OrderState, eventType: string): OrderState {
  return state.status === 'unreadable' ? state : { status: 'unreadable', eventType, order: state };
}

function evolveOrder(order: Order, event: OrderEvent, { time }: EventMeta): Order {
  if (event.type === 'OrderCreated') {
    const { context = SagaContext.fromPartial({}), lines } = event.data;
    return { status: 'pending', context, lines, createdAt: time, updatedAt: time };
  }
  // Every history begins with OrderCreated.
  return order.status === 'none' ? order : evolvePlaced({ ...order, updatedAt: time }, event);
}

function evolvePlaced(order: PlacedOrder, event: Exclude<OrderEvent, { type: 'OrderCreated' }>): PlacedOrder {
  switch (event.type) {
    case 'OrderItemsReserved': {
      const { lines, total } = event.data;
      const noted = { ...order, reservation: { lines, total } };
      return noted.status === 'pending' ? { ...noted, status: 'reserved' } : noted;
    }
    case 'OrderPaid': {
      const { paymentId, amount } = event.data;
      const noted = { ...order, payment: { paymentId, amount } };
      return isOpen(noted) ? { ...noted, status: 'paid' } : noted;
    }
    case 'OrderNeedsReview': {
      const { paymentId, message } = event.data;
      const noted = { ...order, review: { paymentId, message } };
      return isOpen(noted) ? { ...noted, status: 'needsReview' } : noted;
    }
    case 'OrderCompleted':
      return { ...order, status: 'completed' };
    case 'OrderRejected': {
      const { reason, message } = event.data;
      return { ...order, status: 'rejected', reason, message };
    }
    case 'OrderCancellationRequested': {
      const { reason, message } = event.data;
      if (hasEnded(order)) return { ...order, refund: { reason, message } };
      return { ...order, status: 'cancelling', reason, message };
    }
    case 'OrderCancelled': {
      const { reason, message, refunded } = event.data;
      return { ...order, status: 'cancelled', reason, message, ...(refunded && { refunded }) };
    }
    case 'OrderRefunded': {
      const { reason, message, amount } = event.data;
      return { ...order, status: 'refunded', reason, message, ...(amount && { refunded: amount }) };
    }
    case 'ReserveItemsRequested':
    case 'ChargeRequested':
    case 'ConfirmRequested':
    case 'ReleaseRequested':
    case 'ReturnRequested':
    case 'CancelPaymentRequested':
      return order;
    default:
      event satisfies never;
      return order;
  }
}

/** Neither paid nor about to end: what Payment reports says where it stands. */
const isOpen = ({ status }: PlacedOrder): boolean =>
  status === 'pending' || status === 'reserved' || status === 'needsReview';

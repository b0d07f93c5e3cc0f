/**
 * What Payment reports of a payment that is undone: never captured, or given back. Mostly the answer to the order's own
 * cancellation; where nobody asked the order, Payment itself was told to (an operator).
 */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { NotePaymentRefunded } from './commands.ts';
import { cancelled } from './ends.ts';
import type { OrderEvent } from './events.ts';
import { contradiction } from './refusals.ts';
import type { Cancellation, PlacedOrder } from './state.ts';

const byPayment: Cancellation = {
  reason: CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED,
  message: 'its payment was cancelled by itself, not with the order',
};

export function notePaymentVoided(order: PlacedOrder): Decision<OrderEvent> {
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'needsReview':
      return accept(cancelled(order, byPayment));
    case 'cancelling':
      return accept(cancelled(order, order));
    case 'rejected':
    case 'cancelled':
      return nothing;
    case 'paid':
    case 'completed':
    case 'refunded':
      return refuse(contradiction(order, 'its payment was never captured'));
    default:
      order satisfies never;
      return nothing;
  }
}

export function notePaymentRefunded(
  { paymentId, amount }: NotePaymentRefunded,
  order: PlacedOrder,
): Decision<OrderEvent> {
  const { context } = order;
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'paid':
    case 'needsReview':
      return accept(cancelled(order, byPayment, amount));
    case 'cancelling':
      return accept(cancelled(order, order, amount));
    case 'completed': {
      const { reason, message } = order.refund ?? byPayment;
      return accept({ type: 'OrderRefunded', data: { context, paymentId, amount, reason, message } });
    }
    case 'rejected':
    case 'cancelled':
      // It ended without a sale before, and that end stays.
      return nothing;
    case 'refunded':
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

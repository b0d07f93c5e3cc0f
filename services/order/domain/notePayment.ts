/** What Payment reports of the charge: captured, declined, or not to be had from the provider. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { NotePaymentFailed, NotePaymentNeedsReview, NotePaymentProcessed } from './commands.ts';
import { cancellationRequested, cancelled, completed, isSameAmount } from './ends.ts';
import type { OrderEvent } from './events.ts';
import { amountDiffers, contradiction } from './refusals.ts';
import type { PlacedOrder } from './state.ts';

export function notePaymentProcessed(
  command: NotePaymentProcessed,
  order: PlacedOrder,
): Decision<OrderEvent> {
  const { context, reservation } = order;
  const { paymentId, amount } = command;
  const paid: OrderEvent = { type: 'OrderPaid', data: { context, paymentId, amount } };
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'needsReview':
      if (!reservation) return accept(paid);
      if (!isSameAmount(reservation.total, amount)) return refuse(amountDiffers(order));
      return accept(paid, completed(order, amount));
    case 'paid':
    case 'completed':
    case 'refunded':
      return nothing;
    case 'cancelling':
      // Payment gives it back: it hears of the same cancellation, and answers it.
      return nothing;
    case 'rejected':
    case 'cancelled':
      // A repeat of what is given back is old news; anything else is money that nobody owes.
      return 'refunded' in order || order.refund ? nothing : giveBack(order, paymentId);
    default:
      order satisfies never;
      return nothing;
  }
}

/** Money that came after an end without a sale. */
export const giveBack = (order: PlacedOrder, paymentId: string): Decision<OrderEvent> =>
  accept(
    cancellationRequested(
      order,
      CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END,
      `payment ${paymentId} was captured after the order was ${order.status}: it is given back`,
    ),
  );

export function notePaymentFailed({ message }: NotePaymentFailed, order: PlacedOrder): Decision<OrderEvent> {
  const reason = CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED;
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'needsReview':
      return accept(cancelled(order, { reason, message }));
    case 'cancelling':
      // Nothing was captured, so there is nothing left to wait for.
      return accept(cancelled(order, order));
    case 'cancelled':
      return nothing;
    case 'paid':
    case 'completed':
    case 'refunded':
    case 'rejected':
      return refuse(contradiction(order, 'its payment failed'));
    default:
      order satisfies never;
      return nothing;
  }
}

export function notePaymentNeedsReview(
  { paymentId, message }: NotePaymentNeedsReview,
  order: PlacedOrder,
): Decision<OrderEvent> {
  const inReview: OrderEvent = {
    type: 'OrderNeedsReview',
    data: { context: order.context, paymentId, message },
  };
  switch (order.status) {
    case 'pending':
    case 'reserved':
      return accept(inReview);
    case 'needsReview':
    case 'paid':
    case 'completed':
    case 'refunded':
      // Old news: it was reviewed since.
      return nothing;
    case 'cancelling':
      // It cannot end before the review has: whoever looks at it is told so.
      return order.review ? nothing : accept(inReview);
    case 'rejected':
    case 'cancelled':
      // The review's own outcome follows, and is what counts here.
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

/** What Payment reports: the money was captured, or the payment declined. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { NotePaymentFailed, NotePaymentProcessed } from './commands.ts';
import { completed, isSameAmount } from './complete.ts';
import type { OrderEvent } from './events.ts';
import { amountDiffers, capturedAfterEnd, contradiction } from './refusals.ts';
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
      return accept(paid);
    case 'reserved':
      if (!isSameAmount(reservation?.total, amount)) return refuse(amountDiffers(order));
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
      // A repeat of what was given back is old news; anything else is money that nobody owes.
      return 'refunded' in order ? nothing : refuse(capturedAfterEnd(order, paymentId));
    default:
      order satisfies never;
      return nothing;
  }
}

export function notePaymentFailed({ message }: NotePaymentFailed, order: PlacedOrder): Decision<OrderEvent> {
  const { context } = order;
  const declined = CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED;
  switch (order.status) {
    case 'pending':
    case 'reserved':
      return accept(cancelled(context, declined, message));
    case 'cancelling':
      // Nothing was captured, so there is nothing left to wait for.
      return accept(cancelled(context, order.reason, order.message));
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

const cancelled = (
  context: PlacedOrder['context'],
  reason: CancellationReason,
  message: string,
): OrderEvent => ({ type: 'OrderCancelled', data: { context, reason, message, refunded: undefined } });

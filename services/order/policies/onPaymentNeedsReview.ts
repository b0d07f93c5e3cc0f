/** The charge's outcome is not to be had: the order waits for an operator, and its stock stays held. */
import { ofAnyMode } from '../../../platform/policies.ts';
import type { PaymentNeedsReview } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentNeedsReview } from '../domain/commands.ts';

export function onPaymentNeedsReview(event: PaymentNeedsReview): NotePaymentNeedsReview | undefined {
  const context = ofAnyMode(event);
  const { paymentId, message } = event;
  return (
    context && {
      type: 'NotePaymentNeedsReview',
      orderId: context.orderId,
      mode: context.mode,
      paymentId,
      message,
    }
  );
}

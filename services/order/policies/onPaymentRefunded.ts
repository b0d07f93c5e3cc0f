/** The money is back: the order ends without a sale, or its sale is undone. */
import { ofAnyMode, required } from '../../../platform/policies.ts';
import type { PaymentRefunded } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentRefunded } from '../domain/commands.ts';

export function onPaymentRefunded(event: PaymentRefunded): NotePaymentRefunded | undefined {
  const context = ofAnyMode(event);
  return (
    context && {
      type: 'NotePaymentRefunded',
      orderId: context.orderId,
      mode: context.mode,
      paymentId: event.paymentId,
      amount: required(event.amount, 'amount'),
    }
  );
}

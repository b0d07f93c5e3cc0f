/** The payment was declined: the order is cancelled. */
import { ofAnyMode } from '../../../platform/policies.ts';
import type { PaymentFailed } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentFailed } from '../domain/commands.ts';

export function onPaymentFailed(event: PaymentFailed): NotePaymentFailed | undefined {
  const context = ofAnyMode(event);
  return (
    context && {
      type: 'NotePaymentFailed',
      orderId: context.orderId,
      mode: context.mode,
      message: event.message,
    }
  );
}

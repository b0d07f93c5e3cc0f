/** The money was captured: Order notes it, and completes if the reservation is known. */
import { ofAnyMode, required } from '../../../platform/policies.ts';
import type { PaymentProcessed } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentProcessed } from '../domain/commands.ts';

export function onPaymentProcessed(event: PaymentProcessed): NotePaymentProcessed | undefined {
  const context = ofAnyMode(event);
  return (
    context && {
      type: 'NotePaymentProcessed',
      orderId: context.orderId,
      mode: context.mode,
      paymentId: event.paymentId,
      amount: required(event.amount, 'amount'),
    }
  );
}

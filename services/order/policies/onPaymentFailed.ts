/** The payment was declined: the order is cancelled. */
import { choreographed } from '../../../platform/policies.ts';
import type { PaymentFailed } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentFailed } from '../domain/commands.ts';

export function onPaymentFailed(event: PaymentFailed): NotePaymentFailed | undefined {
  const context = choreographed(event);
  return context && { type: 'NotePaymentFailed', orderId: context.orderId, message: event.message };
}

/** Nothing was captured, and nothing ever will be: the order ends without a sale. */
import { ofAnyMode } from '../../../platform/policies.ts';
import type { PaymentVoided } from '../../../proto/gen/orderlog/payment/v1/events.ts';
import type { NotePaymentVoided } from '../domain/commands.ts';

export function onPaymentVoided(event: PaymentVoided): NotePaymentVoided | undefined {
  const context = ofAnyMode(event);
  return context && { type: 'NotePaymentVoided', orderId: context.orderId, mode: context.mode };
}

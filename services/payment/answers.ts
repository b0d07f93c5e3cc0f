/** The command that holds a provider's definite answer, whether it came as an answer or as a webhook. */
import type { PaymentCommand } from './domain/commands.ts';
import type { ChargeAnswer } from './provider/provider.ts';

export const chargeCommand = (orderId: string, answer: ChargeAnswer): PaymentCommand =>
  answer.kind === 'captured'
    ? { type: 'RecordCaptured', orderId, providerReference: answer.reference }
    : { type: 'RecordDeclined', orderId, declineCode: answer.code, message: answer.message };

export const refundedCommand = (
  orderId: string,
  attempt: number,
  refundReference: string,
): PaymentCommand => ({
  type: 'RecordRefunded',
  orderId,
  attempt,
  refundReference,
});

export const refundRefusedCommand = (
  orderId: string,
  attempt: number,
  { code, message }: { readonly code: string; readonly message: string },
): PaymentCommand => ({ type: 'RecordRefundRefused', orderId, attempt, message: `${code}: ${message}` });

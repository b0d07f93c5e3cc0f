/** The events that a payment's decisions are made of. */
import { moneyOf } from '../../../platform/money.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentEvent } from './events.ts';
import type { KnownPayment } from './state.ts';

/** A payment that has, or had, a charge. */
export type ChargedPayment = Exclude<KnownPayment, { status: 'voided' }>;

const chargeOf = ({ context, paymentId, amount }: ChargedPayment) => ({
  context,
  paymentId,
  amount: moneyOf(amount),
});

export const processed = (payment: ChargedPayment, providerReference: string): PaymentEvent => ({
  type: 'PaymentProcessed',
  data: { ...chargeOf(payment), providerReference },
});

export const failed = (payment: ChargedPayment, declineCode: string, message: string): PaymentEvent => ({
  type: 'PaymentFailed',
  data: { ...chargeOf(payment), declineCode, message },
});

export const voided = ({
  context,
  paymentId,
}: {
  context: SagaContext;
  paymentId: string;
}): PaymentEvent => ({
  type: 'PaymentVoided',
  data: { context, paymentId },
});

export const cancellationRequested = (
  { context, paymentId }: ChargedPayment,
  message: string,
): PaymentEvent => ({ type: 'PaymentCancellationRequested', data: { context, paymentId, message } });

export const refundStarted = (
  payment: ChargedPayment,
  refund: { readonly providerReference: string; readonly attempt: number; readonly message: string },
): PaymentEvent => {
  const { providerReference, attempt, message } = refund;
  return {
    type: 'PaymentRefundStarted',
    data: { ...chargeOf(payment), providerReference, attempt, message },
  };
};

export const refunded = (payment: ChargedPayment, refundReference: string): PaymentEvent => ({
  type: 'PaymentRefunded',
  data: { ...chargeOf(payment), providerReference: refundReference },
});

export const refundFailed = (payment: ChargedPayment, attempt: number, message: string): PaymentEvent => ({
  type: 'PaymentRefundFailed',
  data: { ...chargeOf(payment), attempt, message },
});

export const needsReview = (payment: ChargedPayment, message: string): PaymentEvent => ({
  type: 'PaymentNeedsReview',
  data: { ...chargeOf(payment), message },
});

/** Cancelling: in the end no money is kept. The first outcome stands, and a tombstone lets no charge begin after it. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { type SagaContext, SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { type CancelPayment, paymentIdOf, type Refund } from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { cancellationRequested, refundStarted, voided } from './facts.ts';
import { notCaptured } from './refusals.ts';
import type { Captured, KnownPayment } from './state.ts';

/** `isChargeUntouched`: the provider knows nothing of a charge that has started. */
export function cancelPayment(
  { context, message }: CancelPayment,
  payment: KnownPayment | undefined,
  isChargeUntouched: boolean,
): Decision<PaymentEvent> {
  const nothingCaptured = () => accept(voided({ context, paymentId: paymentIdOf(context.orderId) }));
  if (!payment) return nothingCaptured();
  switch (payment.status) {
    case 'started':
      return accept(isChargeUntouched ? voided(payment) : cancellationRequested(payment, message));
    case 'needsReview':
      return payment.cancelMessage === undefined ? accept(cancellationRequested(payment, message)) : nothing;
    case 'captured':
      return accept(firstRefund(payment, message));
    case 'declined':
    case 'voided':
    case 'refunded':
      // For the saga that asks nothing was ever captured.
      return isOfAnotherSaga(payment, context) ? nothingCaptured() : nothing;
    case 'cancelling':
    case 'refunding':
      // Its end is told when it comes, and counts for the order whoever asked for it.
      return nothing;
    default:
      payment satisfies never;
      return nothing;
  }
}

export function refund({ message }: Refund, payment: KnownPayment): Decision<PaymentEvent> {
  switch (payment.status) {
    case 'captured':
      return accept(firstRefund(payment, message));
    case 'refunding':
    case 'refunded':
      return nothing;
    case 'started':
    case 'cancelling':
    case 'needsReview':
    case 'declined':
    case 'voided':
      return refuse(notCaptured(payment));
    default:
      payment satisfies never;
      return nothing;
  }
}

const firstRefund = (payment: Captured, message: string): PaymentEvent =>
  refundStarted(payment, { providerReference: payment.providerReference, attempt: 1, message });

/**
 * A payment that was made by rpc, which the order's own saga meets: who calls by rpc cannot know the order's mode. Where it
 * has ended, that saga may not have heard of it, and is told once more; the event carries its mode, so that it is told once.
 */
export const isOfAnotherSaga = (payment: KnownPayment, { mode }: SagaContext): boolean =>
  payment.context.mode === SagaMode.SAGA_MODE_DIRECT && mode !== SagaMode.SAGA_MODE_DIRECT;

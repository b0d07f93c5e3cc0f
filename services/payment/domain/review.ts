/** Charges whose outcome the provider does not tell: an operator finds out, with evidence. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import type { RecordReviewNeeded, ResolveReview } from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { failed, needsReview, processed, refunded, refundStarted, voided } from './facts.ts';
import { notInReview, resolutionUnknown } from './refusals.ts';
import type { KnownPayment, NeedsReview } from './state.ts';

/** Where there is a definite outcome after all, it stands. */
export const recordReviewNeeded = (
  { message }: RecordReviewNeeded,
  payment: KnownPayment,
): Decision<PaymentEvent> =>
  payment.status === 'started' || payment.status === 'cancelling'
    ? accept(needsReview(payment, message))
    : nothing;

export function resolveReview(command: ResolveReview, payment: KnownPayment): Decision<PaymentEvent> {
  if (payment.status !== 'needsReview') return refuse(notInReview(payment));
  const outcome = outcomeOf(command, payment);
  if (!outcome) return refuse(resolutionUnknown);
  const { context, paymentId } = payment;
  const { resolution, evidence, operatorId } = command;
  const data = { context, paymentId, resolution, evidence, operatorId };
  return accept({ type: 'PaymentReviewResolved', data }, ...outcome);
}

/** What follows from what was found out, and from a cancellation that waits. undefined: a word that is not known. */
function outcomeOf(
  { resolution, providerReference }: ResolveReview,
  payment: NeedsReview,
): readonly PaymentEvent[] | undefined {
  const message = payment.cancelMessage;
  switch (resolution) {
    case ReviewResolution.REVIEW_RESOLUTION_CAPTURED: {
      const captured = processed(payment, providerReference);
      if (message === undefined) return [captured];
      return [captured, refundStarted(payment, { providerReference, attempt: 1, message })];
    }
    case ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED:
      return message === undefined
        ? [failed(payment, 'not_charged', 'an operator found that nothing was charged')]
        : [voided(payment)];
    case ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE:
      return [refunded(payment, '')];
    default:
      return undefined;
  }
}

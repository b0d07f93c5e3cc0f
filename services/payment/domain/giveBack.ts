/** The provider's answers to refunds. Each attempt has a key of its own, and follows a definite refusal of the one before. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import type { RecordRefunded, RecordRefundRefused } from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { refunded, refundFailed, refundStarted } from './facts.ts';
import { lateOutcome } from './refusals.ts';
import type { KnownPayment } from './state.ts';

export function recordRefunded(
  { attempt, refundReference }: RecordRefunded,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  if (payment.status === 'refunding' && payment.attempt === attempt) {
    return accept(refunded(payment, refundReference));
  }
  if (payment.status === 'refunded' && payment.refundReference === refundReference) return nothing;
  return refuse(lateOutcome(payment, `refund ${refundReference} (attempt ${attempt}) is done`));
}

export function recordRefundRefused(
  { attempt, message }: RecordRefundRefused,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  switch (payment.status) {
    case 'refunding': {
      if (attempt < payment.attempt) return nothing;
      if (attempt > payment.attempt) break;
      const next = { ...payment, attempt: attempt + 1 };
      return accept(refundFailed(payment, attempt, message), refundStarted(payment, next));
    }
    case 'refunded':
      return nothing;
    case 'started':
    case 'cancelling':
    case 'captured':
    case 'declined':
    case 'voided':
    case 'needsReview':
      break;
    default:
      payment satisfies never;
  }
  return refuse(lateOutcome(payment, `attempt ${attempt} to refund it is refused`));
}

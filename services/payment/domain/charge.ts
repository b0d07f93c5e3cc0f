/**
 * Charging, once: a second charge changes nothing, and so gets the first outcome. But no order is paid by what somebody
 * else charged by rpc, maybe another amount to another's card: that is undone when the order's own saga asks.
 */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { moneyOf } from '../../../platform/money.ts';
import { cancelPayment, isOfAnotherSaga } from './cancel.ts';
import { paymentIdOf, type RecordCaptured, type RecordDeclined, type StartCharge } from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { failed, processed, refundStarted, voided } from './facts.ts';
import { lateOutcome } from './refusals.ts';
import type { KnownPayment } from './state.ts';

/** `isChargeUntouched`: the provider knows nothing of a charge that has started. */
export function startCharge(
  { context, amount }: StartCharge,
  payment: KnownPayment | undefined,
  isChargeUntouched: boolean,
): Decision<PaymentEvent> {
  if (!payment) {
    const paymentId = paymentIdOf(context.orderId);
    return accept({ type: 'PaymentStarted', data: { context, paymentId, amount: moneyOf(amount) } });
  }
  if (!isOfAnotherSaga(payment, context)) return nothing;
  const message = 'it was charged by rpc, and not for its order';
  return cancelPayment({ type: 'CancelPayment', context, message }, payment, isChargeUntouched);
}

export function recordCaptured(
  { providerReference }: RecordCaptured,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  switch (payment.status) {
    case 'started':
      return accept(processed(payment, providerReference));
    case 'cancelling': {
      const { message } = payment;
      const refund = refundStarted(payment, { providerReference, attempt: 1, message });
      return accept(processed(payment, providerReference), refund);
    }
    case 'captured':
    case 'refunding':
    case 'refunded':
      // The same charge, told again: the provider knows one charge under one key.
      return payment.providerReference === providerReference
        ? nothing
        : refuse(lateOutcome(payment, `charge ${providerReference} is captured too`));
    case 'declined':
    case 'voided':
    case 'needsReview':
      return refuse(lateOutcome(payment, `charge ${providerReference} is captured`));
    default:
      payment satisfies never;
      return nothing;
  }
}

export function recordDeclined(
  { declineCode, message }: RecordDeclined,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  switch (payment.status) {
    case 'started':
      return accept(failed(payment, declineCode, message));
    case 'cancelling':
      return accept(voided(payment));
    case 'declined':
    case 'voided':
      // Nothing was captured, as was known.
      return nothing;
    case 'captured':
    case 'refunding':
    case 'refunded':
    case 'needsReview':
      return refuse(lateOutcome(payment, `the provider declined it (${declineCode})`));
    default:
      payment satisfies never;
      return nothing;
  }
}

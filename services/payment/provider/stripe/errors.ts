/**
 * Stripe's errors, sorted into what is definite, what may be asked again, and what may not.
 * https://docs.stripe.com/api/errors, https://docs.stripe.com/error-low-level
 *
 * Their texts may repeat a payment token, and their objects hold more than that: what is thrown on names type, code, status and
 * request id only.
 */
import { Stripe } from 'stripe';
import { tellable } from '../../../../platform/redaction/words.ts';
import { RequestRefused } from '../ask.ts';
import type { ChargeAnswer, RefundAnswer } from '../provider.ts';
import { declined, MAX_CODE, MAX_MESSAGE } from './objects.ts';

/** Stripe failed while it worked: under this key it repeats that failure, whatever was done. */
export class StripeFailed extends Error {}

/** Such a failure of before, told from memory: no sign of how Stripe is now, and the same however often it is asked for. */
export class FailureRepeated extends RequestRefused {}

/** A refund that will not be made, whatever is asked for. */
const REFUND_REFUSALS: ReadonlySet<string | undefined> = new Set([
  'charge_already_refunded',
  'charge_disputed',
  'refund_disputed_payment',
  'charge_exceeds_source_limit',
  'amount_too_large',
  'balance_insufficient',
  'insufficient_funds',
]);
/** The header of answers that Stripe has remembered. */
const REPLAYED = 'idempotent-replayed';
/** Of the parameters that come from the order: what is wrong with them is wrong for good. */
const ORDERS_PARAMETERS = /^(?:payment_method(?:_data)?|amount|currency)(?:\[|$)/;

/** A definite answer to a charge, or throws. 402 is a decline; a token that Stripe does not know is one too. */
export function chargeErrorAnswer(error: unknown, token: string): ChargeAnswer {
  const { StripeCardError, StripeInvalidRequestError } = Stripe.errors;
  if (error instanceof StripeCardError) return declined(error, token);
  const isOrders = error instanceof StripeInvalidRequestError && ORDERS_PARAMETERS.test(error.param ?? '');
  if (isOrders) return declined({ code: error.code ?? 'invalid_request', message: error.message }, token);
  throw sorted(error);
}

/** A definite answer to a refund, or throws. */
export function refundErrorAnswer(error: unknown): RefundAnswer {
  const isInvalid = error instanceof Stripe.errors.StripeInvalidRequestError;
  // More than is left of the charge: Stripe gives no code for that.
  if (isInvalid && (REFUND_REFUSALS.has(error.code) || error.param === 'amount')) {
    const code = tellable(error.code ?? 'amount', MAX_CODE);
    return { kind: 'refused', code, message: tellable(error.message, MAX_MESSAGE) };
  }
  throw sorted(error);
}

/** What to throw for an error that is no answer. */
export function sorted(error: unknown): Error {
  const { StripeError, StripeConnectionError, StripeRateLimitError } = Stripe.errors;
  if (!(error instanceof StripeError)) return error instanceof Error ? error : new Error(String(error));
  const { statusCode, code, requestId } = error;
  const details = [statusCode, code, requestId].filter((each) => each !== undefined);
  const what = `Stripe: ${error.type}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  if (error instanceof StripeConnectionError) return new Error(what);
  // 409: a call under this key is under way. 429: too many.
  if (error instanceof StripeRateLimitError || statusCode === 409) return new Error(what);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new RequestRefused(what);
  return error.headers?.[REPLAYED] === 'true' ? new FailureRepeated(what) : new StripeFailed(what);
}

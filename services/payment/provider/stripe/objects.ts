/**
 * What Stripe's PaymentIntents and Refunds say, in answers and in webhooks alike. `undefined`: nothing definite yet.
 * https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/api/refunds/object
 */
import { z } from 'zod';
import { tellable } from '../../../../platform/redaction/words.ts';
import type { ChargeAnswer, RefundAnswer } from '../provider.ts';

export const MAX_CODE = 100;
export const MAX_MESSAGE = 350;

/** What we write on a PaymentIntent: whose charge it is, and under which key it was asked for. */
export interface IntentMetadata {
  readonly order_id: string;
  readonly payment_id: string;
}

/** What we write on a Refund. */
export interface RefundMetadata {
  readonly order_id: string;
  readonly refund_key: string;
}

const id = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const stripeError = z.object({
  code: z.string().nullish(),
  decline_code: z.string().nullish(),
  message: z.string().nullish(),
});
export const intentObject = z.object({
  id,
  status: z.string(),
  amount: z.number().int(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()).default({}),
  last_payment_error: stripeError.nullish(),
});
export type Intent = z.output<typeof intentObject>;

export const refundObject = z.object({
  id,
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export type Refund = z.output<typeof refundObject>;

/** As a list of refunds holds it. */
export const listedRefund = refundObject.extend({ amount: z.number().int() });
export type ListedRefund = z.output<typeof listedRefund>;

/** A decline in Stripe's words, without the token that they may repeat. */
export function declined(error: z.output<typeof stripeError>, token = ''): ChargeAnswer {
  const code = error.decline_code ?? error.code ?? 'declined';
  const message = error.message ?? 'the payment was declined';
  return {
    kind: 'declined',
    code: tellable(code, MAX_CODE, token),
    message: tellable(message, MAX_MESSAGE, token),
  };
}

/** An intent is confirmed when it is made, once and by nobody else: one whose payment failed takes no money any more. */
export function intentAnswer(
  { id: reference, status, last_payment_error: error }: Intent,
  token = '',
): ChargeAnswer | undefined {
  if (status === 'succeeded') return { kind: 'captured', reference };
  if (status === 'canceled') return declined(error ?? { code: 'canceled' }, token);
  return status === 'requires_payment_method' && error ? declined(error, token) : undefined;
}

export function refundAnswer({
  id: reference,
  status,
  failure_reason: why,
}: Refund): RefundAnswer | undefined {
  if (status === 'succeeded') return { kind: 'refunded', reference };
  if (status !== 'failed' && status !== 'canceled') return undefined;
  const message = `the refund ${reference} is ${status}`;
  return { kind: 'refused', code: tellable(why ?? status, MAX_CODE), message };
}

/**
 * Stripe as the provider: a charge is a PaymentIntent that is made and confirmed at once, under the payment's id as
 * Idempotency-Key; a refund is a Refund of it, under its attempt's key. Stripe remembers a key for at least 24 h, and with it
 * failures too: after a 5xx the same key brings the same 5xx for ever, so that then the charge is looked up.
 *
 * Tokens: a PaymentMethod (`pm_...`) or a token of Stripe.js (`tok_...`). Amounts are in the currency's minor unit, as Stripe takes
 * them but for the few that https://docs.stripe.com/currencies names as special.
 */
import { Stripe } from 'stripe';
import { type AskOptions, createAsk } from '../ask.ts';
import {
  type ChargeAnswer,
  type LookupAnswer,
  type Provider,
  type ProviderCharge,
  type ProviderRefund,
  ProviderUnknown,
  type RefundAnswer,
} from '../provider.ts';
import { chargeErrorAnswer, refundErrorAnswer, StripeFailed, sorted } from './errors.ts';
import {
  type Intent,
  type IntentMetadata,
  intentAnswer,
  intentObject,
  type RefundMetadata,
  refundAnswer,
  refundObject,
} from './objects.ts';

export interface StripeProviderOptions extends AskOptions {
  /** https://api.stripe.com, or a double of it. */
  readonly url: string;
  readonly secretKey: string;
}

/** Of one charge there is one intent; more only where Stripe forgot the key. */
const MAX_INTENTS = 10;
const KEY = /^[0-9a-f-]{36}$/;

export function createStripeProvider({ url, secretKey, ...options }: StripeProviderOptions): Provider {
  const stripe = clientOf(url, secretKey, options.timeoutMs);
  const ask = createAsk(options);
  const lookup = (key: string, signal: AbortSignal) => ask(() => lookUp(stripe, key), signal);
  return {
    async charge(wish, signal) {
      try {
        return await ask(() => charge(stripe, wish), signal);
      } catch (error) {
        if (!(error instanceof ProviderUnknown && error.cause instanceof StripeFailed)) throw error;
        const found = await lookup(wish.key, signal);
        if (found.kind === 'notFound') throw error;
        return found;
      }
    },
    refund: (wish, signal) => ask(() => refund(stripe, wish), signal),
    lookup,
  };
}

/** It neither repeats calls nor reports on them by itself. */
function clientOf(url: string, secretKey: string, timeout: number): Stripe {
  const { protocol, hostname, port } = new URL(url);
  return new Stripe(secretKey, {
    host: hostname,
    ...(port !== '' && { port }),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout,
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

async function charge(stripe: Stripe, wish: ProviderCharge): Promise<ChargeAnswer> {
  const { key, orderId, token, currency } = wish;
  const amount = Number(wish.amountMinor);
  if (!Number.isSafeInteger(amount)) {
    return { kind: 'declined', code: 'amount_too_large', message: 'the amount is larger than Stripe takes' };
  }
  const metadata: IntentMetadata = { order_id: orderId, payment_id: key };
  const method = token.startsWith('tok_')
    ? ({ payment_method_data: { type: 'card', card: { token } } } as const)
    : { payment_method: token };
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount,
        currency: currency.toLowerCase(),
        confirm: true,
        // Nobody is there to be asked: what needs that is declined.
        error_on_requires_action: true,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: { ...metadata },
        ...method,
      },
      { idempotencyKey: key },
    );
    return definite(intentAnswer(intentObject.parse(intent), token), intent);
  } catch (error) {
    return chargeErrorAnswer(error, token);
  }
}

async function refund(stripe: Stripe, wish: ProviderRefund): Promise<RefundAnswer> {
  const { key, orderId, chargeReference } = wish;
  const metadata: RefundMetadata = { order_id: orderId, refund_key: key };
  try {
    const asked = await stripe.refunds.create(
      { payment_intent: chargeReference, amount: Number(wish.amountMinor), metadata: { ...metadata } },
      { idempotencyKey: key },
    );
    // The key brings back the answer of the first time: how it stands now is read.
    const now = asked.status === 'pending' ? await stripe.refunds.retrieve(asked.id) : asked;
    return definite(refundAnswer(refundObject.parse(now)), now);
  } catch (error) {
    return refundErrorAnswer(error);
  }
}

function definite<T>(answer: T | undefined, { id, status }: { id: string; status: string | null }): T {
  if (answer !== undefined) return answer;
  throw new Error(`Stripe: ${id} is ${status}`);
}

/** By what we wrote on it: Stripe's search finds an intent up to a minute late. */
async function lookUp(stripe: Stripe, key: string): Promise<LookupAnswer> {
  if (!KEY.test(key)) throw new Error('the key of a charge is the id of its payment');
  try {
    const { data } = await stripe.paymentIntents.search({
      query: `metadata['payment_id']:'${key}'`,
      limit: MAX_INTENTS,
      expand: ['data.latest_charge'],
    });
    const intents = data.map((each) => intentObject.parse(each));
    const intent = intents.find(({ status }) => status === 'succeeded') ?? intents[0];
    if (!intent) return { kind: 'notFound' };
    const answer = definite(intentAnswer(intent), intent);
    const refundReference = await fullRefundOf(stripe, intent);
    return answer.kind === 'captured' && refundReference !== undefined
      ? { ...answer, refundReference }
      : answer;
  } catch (error) {
    throw sorted(error);
  }
}

async function fullRefundOf(
  stripe: Stripe,
  { id, latest_charge: charge }: Intent,
): Promise<string | undefined> {
  if (typeof charge !== 'object' || !charge?.refunded) return undefined;
  const { data } = await stripe.refunds.list({ payment_intent: id, limit: 1 });
  return data[0]?.id;
}

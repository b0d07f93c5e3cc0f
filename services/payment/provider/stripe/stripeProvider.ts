/**
 * Stripe as the provider: a charge is a PaymentIntent that is made and confirmed at once, under the payment's id as
 * Idempotency-Key; a refund is a Refund of it, under its attempt's key. Stripe remembers a key for at least 24 h, and with it
 * failures too: after a 5xx the same key brings the same 5xx for ever, so that then the charge or refund is looked up. What was under
 * way is so for ever under its key as well, so that it is read anew.
 *
 * Tokens: a PaymentMethod (`pm_...`) or a token of Stripe.js (`tok_...`). Amounts are Stripe's own from here on (amounts.ts); one that
 * it cannot express is declined without asking it.
 */
import { Stripe } from 'stripe';
import { type AskOptions, createAsk, NotYet } from '../ask.ts';
import {
  type ChargeAnswer,
  type LookupAnswer,
  type Provider,
  type ProviderCharge,
  type ProviderRefund,
  ProviderUnknown,
  type RefundAnswer,
} from '../provider.ts';
import { stripeAmountOf } from './amounts.ts';
import { chargeErrorAnswer, FailureRepeated, refundErrorAnswer, StripeFailed, sorted } from './errors.ts';
import {
  type IntentMetadata,
  intentAnswer,
  intentObject,
  type ListedRefund,
  listedRefund,
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
/** Far more than one charge ever has. */
const MAX_REFUNDS = 1_000;
const PAGE = 100;
const KEY = /^[0-9a-f-]{36}$/;

export function createStripeProvider({ url, secretKey, ...options }: StripeProviderOptions): Provider {
  const stripe = clientOf(url, secretKey, options.timeoutMs);
  const ask = createAsk(options);
  const lookup = (key: string, signal: AbortSignal) => ask(() => lookUp(stripe, key), signal);
  return {
    async charge(wish, signal) {
      const asked = stripeAmountOf(wish.currency, wish.amountMinor);
      if ('code' in asked) return { kind: 'declined', ...asked };
      try {
        return await ask(() => charge(stripe, wish, asked.amount), signal);
      } catch (error) {
        if (!hasFailed(error)) throw error;
        const found = await lookup(wish.key, signal);
        if (found.kind === 'notFound') throw error;
        return found;
      }
    },
    async refund(wish, signal) {
      const asked = stripeAmountOf(wish.currency, wish.amountMinor);
      if ('code' in asked) return { kind: 'refused', ...asked };
      try {
        return await ask(() => refund(stripe, wish, asked.amount), signal);
      } catch (error) {
        if (!hasFailed(error)) throw error;
        return ask(() => failedRefund(stripe, wish, asked.amount), signal);
      }
    },
    lookup,
  };
}

const hasFailed = (error: unknown): boolean =>
  error instanceof ProviderUnknown &&
  (error.cause instanceof StripeFailed || error.cause instanceof FailureRepeated);

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

async function charge(stripe: Stripe, wish: ProviderCharge, amount: number): Promise<ChargeAnswer> {
  const { key, orderId, token, currency } = wish;
  const metadata: IntentMetadata = { order_id: orderId, payment_id: key };
  const method = token.startsWith('tok_')
    ? ({ payment_method_data: { type: 'card', card: { token } } } as const)
    : { payment_method: token };
  try {
    const made = await stripe.paymentIntents.create(
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
    const answer = intentAnswer(intentObject.parse(made), token);
    if (answer) return answer;
    // The key brings back the answer of the first time: how it stands now is read.
    const now = intentObject.parse(await stripe.paymentIntents.retrieve(made.id));
    return definite(intentAnswer(now, token), now);
  } catch (error) {
    return chargeErrorAnswer(error, token);
  }
}

/** Refused only where the money is not back yet, and no refund of the charge is under way, whoever asked for it. */
async function refund(stripe: Stripe, wish: ProviderRefund, amount: number): Promise<RefundAnswer> {
  const answer = await askForRefund(stripe, wish, amount);
  if (answer.kind === 'refunded') return answer;
  return givenBack(await refundsOf(stripe, wish.chargeReference), amount) ?? answer;
}

async function askForRefund(stripe: Stripe, wish: ProviderRefund, amount: number): Promise<RefundAnswer> {
  const { key, orderId, chargeReference } = wish;
  const metadata: RefundMetadata = { order_id: orderId, refund_key: key };
  try {
    const asked = await stripe.refunds.create(
      { payment_intent: chargeReference, amount, metadata: { ...metadata } },
      { idempotencyKey: key },
    );
    // The key brings back the answer of the first time: how it stands now is read.
    const now = asked.status === 'pending' ? await stripe.refunds.retrieve(asked.id) : asked;
    return definite(refundAnswer(refundObject.parse(now)), now);
  } catch (error) {
    return refundErrorAnswer(error);
  }
}

/**
 * What became of a refund whose key only repeats a failure: what the refund says that bears the key, or, where there is none,
 * refused, so that the next attempt asks under a key of its own. The list holds all that is made, unlike the search, which is
 * late. A refund that Stripe makes later yet is safe too: each is of the whole charge, and Stripe gives back no more than
 * that, so the next attempt is refused and finds it.
 */
async function failedRefund(
  stripe: Stripe,
  { key, chargeReference }: ProviderRefund,
  amount: number,
): Promise<RefundAnswer> {
  const refunds = await refundsOf(stripe, chargeReference);
  const made = refunds.find(({ metadata }) => metadata?.refund_key === key);
  const answer = made && definite(refundAnswer(made), made);
  if (answer?.kind === 'refunded') return answer;
  const message = 'Stripe failed, and made no refund';
  return givenBack(refunds, amount) ?? answer ?? { kind: 'refused', code: 'provider_failed', message };
}

/** That the whole charge is back already. Throws while one of its refunds is under way: that one may give it back. */
function givenBack(refunds: readonly ListedRefund[], amount: number): RefundAnswer | undefined {
  for (const each of refunds) definite(refundAnswer(each), each);
  const reference = fullRefund(refunds, amount);
  return reference === undefined ? undefined : { kind: 'refunded', reference };
}

/** All of a charge's, the newest first. */
async function refundsOf(stripe: Stripe, chargeReference: string): Promise<readonly ListedRefund[]> {
  try {
    const list = stripe.refunds.list({ payment_intent: chargeReference, limit: PAGE });
    const refunds = await list.autoPagingToArray({ limit: MAX_REFUNDS });
    return refunds.map((each) => listedRefund.parse(each));
  } catch (error) {
    throw sorted(error);
  }
}

function definite<T>(
  answer: T | undefined,
  { id, status }: { readonly id: string; readonly status?: string | null | undefined },
): T {
  if (answer !== undefined) return answer;
  throw new NotYet(`Stripe: ${id} is ${status}`, status === 'processing');
}

/** By what we wrote on it: Stripe's search finds an intent up to a minute late, and as it was then, so each is read anew. */
async function lookUp(stripe: Stripe, key: string): Promise<LookupAnswer> {
  if (!KEY.test(key)) throw new Error('the key of a charge is the id of its payment');
  try {
    const { data } = await stripe.paymentIntents.search({
      query: `metadata['payment_id']:'${key}'`,
      limit: MAX_INTENTS,
    });
    const found = await Promise.all(data.map(({ id }) => stripe.paymentIntents.retrieve(id)));
    const intents = found.map((each) => intentObject.parse(each));
    const captured = intents.find(({ status }) => status === 'succeeded');
    // None is declined while another may yet take the money.
    const intent = captured ?? intents.find((each) => !intentAnswer(each)) ?? intents[0];
    if (!intent) return { kind: 'notFound' };
    const answer = definite(intentAnswer(intent), intent);
    if (answer.kind !== 'captured') return answer;
    const refundReference = fullRefund(await refundsOf(stripe, intent.id), intent.amount);
    return { ...answer, ...(refundReference !== undefined && { refundReference }) };
  } catch (error) {
    throw sorted(error);
  }
}

/** The last of the refunds that are done, where together they are the whole charge. */
function fullRefund(refunds: readonly ListedRefund[], amount: number): string | undefined {
  const done = refunds.filter(({ status }) => status === 'succeeded');
  const sum = done.reduce((total, each) => total + each.amount, 0);
  return sum < amount ? undefined : done[0]?.id;
}

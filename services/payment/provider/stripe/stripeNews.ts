/**
 * Stripe's webhooks: events on PaymentIntents and Refunds that are ours by their metadata; all others are passed over. Subscribe
 * the endpoint to payment_intent.succeeded, payment_intent.payment_failed, payment_intent.canceled, refund.updated and
 * refund.failed. An event may tell less than the object says by now, never more: outcomes are final.
 */
import { z } from 'zod';
import type { NewsFormat, ProviderNews } from '../news.ts';
import { minorOf } from './amounts.ts';
import { intentAnswer, intentObject, refundAnswer, refundObject } from './objects.ts';

const event = z.object({ type: z.string().max(200), data: z.object({ object: z.unknown() }) });
const ours = z.object({ order_id: z.uuid().toLowerCase() });
const chargeOf = ours.extend({ payment_id: z.uuid().toLowerCase() });
const refundOf = ours.extend({ refund_key: z.uuid().toLowerCase() });

export const stripeNews: NewsFormat = {
  signatureHeader: 'stripe-signature',
  read(given) {
    const { type, data } = event.parse(given);
    if (type.startsWith('payment_intent.')) return chargeNews(data.object);
    return type.startsWith('refund.') ? refundNews(data.object) : undefined;
  },
};

function chargeNews(object: unknown): ProviderNews | undefined {
  const intent = intentObject.parse(object);
  const { data: whose } = chargeOf.safeParse(intent.metadata);
  const answer = intentAnswer(intent);
  if (!whose || !answer) return undefined;
  const currency = intent.currency.toUpperCase();
  return {
    kind: 'charge',
    orderId: whose.order_id,
    key: whose.payment_id,
    currency,
    amountMinor: minorOf(currency, intent.amount),
    answer,
  };
}

function refundNews(object: unknown): ProviderNews | undefined {
  const refund = refundObject.parse(object);
  const { data: whose } = refundOf.safeParse(refund.metadata);
  const answer = refundAnswer(refund);
  return whose && answer && { kind: 'refund', orderId: whose.order_id, key: whose.refund_key, answer };
}

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Provider, ProviderUnknown } from '../provider.ts';
import { type StripeDouble, startStripeDouble, stripeError } from './double.testing.ts';
import { createStripeProvider } from './stripeProvider.ts';

const orderId = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';
const key = '0f3c8a52-9a3e-5d2c-8f57-7a3f1f0c1b11';
const wish = { key, orderId, currency: 'EUR', amountMinor: 1_980n, token: 'pm_card_visa' };
const back = { key: 'r1', orderId, chargeReference: 'pi_1', currency: 'EUR', amountMinor: 1_980n };
const captured = { kind: 'captured', reference: 'pi_1' };
const never = new AbortController().signal;

describe('Stripe as the provider', () => {
  let stripe: StripeDouble;
  let provider: Provider;
  const providerOf = (timeoutMs: number) =>
    createStripeProvider({ url: stripe.url, secretKey: 'sk_test_1', timeoutMs });
  beforeEach(async () => {
    stripe = await startStripeDouble();
    provider = providerOf(10_000);
  });
  afterEach(() => stripe.close());
  const failsAs = (pattern: RegExp) => (error: unknown) =>
    error instanceof ProviderUnknown && pattern.test(error.message);

  it('charges exactly the amount, confirmed at once, under the key, and says whose it is', async () => {
    assert.deepEqual(await provider.charge(wish, never), captured);
    const [call] = stripe.calls;
    assert.equal(call?.key, key);
    assert.equal(call?.authorization, 'Bearer sk_test_1');
    const { amount, currency, confirm, payment_method: method } = Object.fromEntries(call?.form ?? []);
    assert.deepEqual([amount, currency, confirm, method], ['1980', 'eur', 'true', 'pm_card_visa']);
    assert.equal(call?.form.get('metadata[order_id]'), orderId);
    assert.equal(call?.form.get('metadata[payment_id]'), key);
  });

  it('takes tokens of Stripe.js too', async () => {
    assert.deepEqual(await provider.charge({ ...wish, token: 'tok_visa' }, never), captured);
    assert.equal(stripe.calls[0]?.form.get('payment_method_data[card][token]'), 'tok_visa');
  });

  it('tells a decline from everything else, and repeats no token', async () => {
    const answer = await provider.charge({ ...wish, token: 'pm_card_chargeDeclined' }, never);
    const message = 'Your card was declined ([redacted]).';
    assert.deepEqual(answer, { kind: 'declined', code: 'generic_decline', message });
    const unknown = await provider.charge({ ...wish, key: 'another', token: 'pm_nobodys' }, never);
    assert.deepEqual(unknown, {
      kind: 'declined',
      code: 'resource_missing',
      message: "No such PaymentMethod: '[redacted]'",
    });
    const used = await provider.charge({ ...wish, key: 'a third', token: 'tok_nobodys' }, never);
    assert.deepEqual(used, { ...unknown, message: "No such token: '[redacted]'" });
  });

  it('charges once, however often the answer is lost', async () => {
    stripe.next.push('lost', 'lost', 'lost', 'lost');
    assert.deepEqual(await provider.charge(wish, never), captured);
    assert.equal(stripe.intents.size, 1);
    assert.equal(new Set(stripe.calls.map((call) => call.key)).size, 1);
  });

  it('does not take a timeout for a decline', async () => {
    stripe.next.push('hangs', 'hangs', 'hangs', 'hangs');
    await assert.rejects(providerOf(300).charge(wish, never), ProviderUnknown);
    stripe.next.length = 0;
    assert.deepEqual(await provider.charge(wish, never), captured);
    assert.equal(stripe.intents.size, 1);
    assert.deepEqual([...new Set(stripe.calls.map((call) => call.key))], [key]);
  });

  it('asks again after 409 and 429, under the same key', async () => {
    stripe.next.push(
      stripeError(409, 'invalid_request_error', 'idempotency_key_in_use'),
      stripeError(429, 'invalid_request_error', 'rate_limit'),
    );
    assert.deepEqual(await provider.charge(wish, never), captured);
    assert.equal(stripe.calls.length, 3);
  });

  it('looks a charge up where the key only repeats a failure', async () => {
    const failure = stripeError(500, 'api_error', 'internal');
    stripe.next.push(failure);
    await assert.rejects(provider.charge(wish, never), failsAs(/api|API/));
    const paths = stripe.calls.map(({ path }) => path);
    assert.equal(paths.at(-1), '/v1/payment_intents/search');
    const metadata = { order_id: orderId, payment_id: key };
    stripe.intents.set('pi_9', { id: 'pi_9', status: 'succeeded', amount: 1_980, currency: 'eur', metadata });
    assert.deepEqual(await provider.charge(wish, never), { kind: 'captured', reference: 'pi_9' });
  });

  it('does not ask again in the same way where the request is refused', async () => {
    for (const refusal of [
      stripeError(401, 'invalid_request_error', 'api_key_expired'),
      stripeError(400, 'idempotency_error', 'idempotency_key_reused'),
      stripeError(400, 'invalid_request_error', 'parameter_unknown', { param: 'metadata' }),
    ]) {
      stripe.next.push(refusal);
      const before = stripe.calls.length;
      await assert.rejects(provider.charge(wish, never), ProviderUnknown);
      assert.equal(stripe.calls.length, before + 1);
    }
  });

  it('says nothing of what a failure holds: no key, no token, no text of others', async () => {
    const message = 'Invalid API Key provided: sk_test_1 for pm_card_visa';
    stripe.next.push(stripeError(401, 'invalid_request_error', 'api_key_expired', { message }));
    await assert.rejects(provider.charge(wish, never), (error: ProviderUnknown) => {
      assert.match(error.message, /401, api_key_expired, req_double/);
      assert.doesNotMatch(inspect(error, { depth: 10 }), /sk_test_1|pm_card_visa/);
      return true;
    });
  });

  it('looks charges up by what is written on them', async () => {
    assert.deepEqual(await provider.lookup(key, never), { kind: 'notFound' });
    await provider.charge(wish, never);
    assert.deepEqual(await provider.lookup(key, never), captured);
    await provider.refund(back, never);
    assert.deepEqual(await provider.lookup(key, never), { ...captured, refundReference: 're_1' });
    const declined = { ...wish, key: key.replace('0', '1'), token: 'pm_card_chargeDeclined' };
    await provider.charge(declined, never);
    assert.equal((await provider.lookup(declined.key, never)).kind, 'declined');
  });

  it('reads anew what the search is late to know', async () => {
    await provider.charge(wish, never);
    stripe.late.set('pi_1', { ...stripe.intents.get('pi_1'), status: 'processing' });
    assert.deepEqual(await provider.lookup(key, never), captured);
  });

  it('gives back exactly the amount under its key, once', async () => {
    await provider.charge(wish, never);
    stripe.next.push('lost');
    assert.deepEqual(await provider.refund(back, never), { kind: 'refunded', reference: 're_1' });
    assert.equal(stripe.refunds.size, 1);
    const again = await provider.refund({ ...back, key: 'r2' }, never);
    assert.equal(again.kind === 'refused' && again.code, 'charge_already_refunded');
  });

  it('takes a refund that is pending for what it is, until it is done, and for no failure', async () => {
    await provider.charge(wish, never);
    stripe.refundStatus = 'pending';
    const before = stripe.calls.length;
    for (let n = 0; n < 2; n++)
      await assert.rejects(provider.refund(back, never), failsAs(/re_1 is pending/));
    assert.equal(stripe.calls.length, before + 4, 'each asks and reads, once');
    const another = { ...wish, key: key.replace('0', '1') };
    assert.equal((await provider.charge(another, never)).kind, 'captured');
    const refund = stripe.refunds.get('re_1');
    Object.assign(refund ?? {}, { status: 'succeeded' });
    assert.deepEqual(await provider.refund(back, never), { kind: 'refunded', reference: 're_1' });
  });

  it('opens its breaker after more than 5 consecutive failures, and then only says when to come again', async () => {
    stripe.close();
    for (let n = 0; n < 2; n++) await assert.rejects(provider.charge(wish, never), ProviderUnknown);
    await assert.rejects(provider.charge(wish, never), { retryAfterMs: 5_000, wasNotAsked: true });
  });
});

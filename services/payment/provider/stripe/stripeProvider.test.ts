import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { BreakerState } from '../../../../platform/breaker.ts';
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

  it('charges and gives back amounts as Stripe writes them', async () => {
    for (const [currency, amountMinor, amount] of [
      ['ISK', 500n, '50000'],
      ['UGX', 500n, '50000'],
      ['MGA', 50_000n, '500'],
      ['JPY', 500n, '500'],
      ['KWD', 5_120n, '5120'],
    ] as const) {
      const charge = await provider.charge({ ...wish, key: `p ${currency}`, currency, amountMinor }, never);
      assert.ok(charge.kind === 'captured', currency);
      assert.equal(stripe.calls.at(-1)?.form.get('amount'), amount, currency);
      const of = { key: `r ${currency}`, chargeReference: charge.reference, currency, amountMinor };
      assert.equal((await provider.refund({ ...back, ...of }, never)).kind, 'refunded');
      assert.equal(stripe.calls.at(-1)?.form.get('amount'), amount, currency);
    }
  });

  it('declines an amount that Stripe cannot express, and asks nobody', async () => {
    for (const [currency, amountMinor, code] of [
      ['MGA', 1_050n, 'amount_not_payable'],
      ['BHD', 1_005n, 'amount_not_payable'],
      ['EUR', 2n ** 60n, 'amount_too_large'],
    ] as const) {
      const charge = await provider.charge({ ...wish, currency, amountMinor }, never);
      assert.equal(charge.kind === 'declined' && charge.code, code);
      const refund = await provider.refund({ ...back, currency, amountMinor }, never);
      assert.equal(refund.kind === 'refused' && refund.code, code);
    }
    assert.deepEqual(stripe.calls, []);
  });

  it('asks how a charge stands that is under way, since its key only repeats that it is', async () => {
    const failure = { code: 'card_declined', decline_code: 'generic_decline', message: 'no' };
    for (const [status, last_payment_error, answer] of [
      ['succeeded', null, { kind: 'captured', reference: 'pi_1' }],
      ['requires_payment_method', failure, { kind: 'declined', code: 'generic_decline', message: 'no' }],
      ['canceled', null, { kind: 'declined', code: 'canceled', message: 'the payment was declined' }],
    ] as const) {
      stripe.intents.clear();
      stripe.intentStatus = 'processing';
      const of = { ...wish, key: `p ${status}` };
      // More often than a breaker takes for failures.
      for (let n = 0; n < 7; n++) {
        await assert.rejects(provider.charge(of, never), { name: 'ProviderUnknown', isInProgress: true });
      }
      Object.assign(stripe.intents.get('pi_1') ?? {}, { status, last_payment_error });
      assert.deepEqual(await provider.charge(of, never), answer);
      assert.equal(stripe.intents.size, 1);
    }
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

  it('finds what became of a charge once Stripe is well, though its key only repeats a failure', async () => {
    const halfOpenAfterMs = 50;
    let breaker: () => BreakerState = () => 'closed';
    const hasty = createStripeProvider({
      url: stripe.url,
      secretKey: 'sk_test_1',
      timeoutMs: 10_000,
      halfOpenAfterMs,
      onBreaker: (state) => {
        breaker = state;
      },
    });
    // Three for the charge, three for looking it up.
    stripe.next.push(...Array.from({ length: 6 }, () => stripeError(500, 'api_error', 'internal')));
    await assert.rejects(hasty.charge(wish, never), ProviderUnknown);
    assert.equal(breaker(), 'open');
    const metadata = { order_id: orderId, payment_id: key };
    stripe.intents.set('pi_9', { id: 'pi_9', status: 'succeeded', amount: 1_980, currency: 'eur', metadata });
    await sleep(2 * halfOpenAfterMs);
    assert.deepEqual(await hasty.charge(wish, never), { kind: 'captured', reference: 'pi_9' });
    assert.equal(breaker(), 'closed');
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

  it('takes no charge for declined while another under the same key may yet take the money', async () => {
    const metadata = { order_id: orderId, payment_id: key };
    const of = { amount: 1_980, currency: 'eur', metadata };
    const last_payment_error = { code: 'card_declined' };
    stripe.intents.set('pi_1', { ...of, id: 'pi_1', status: 'requires_payment_method', last_payment_error });
    stripe.intents.set('pi_2', { ...of, id: 'pi_2', status: 'processing' });
    await assert.rejects(provider.lookup(key, never), failsAs(/pi_2 is processing/));
    Object.assign(stripe.intents.get('pi_2') ?? {}, { status: 'succeeded' });
    assert.deepEqual(await provider.lookup(key, never), { kind: 'captured', reference: 'pi_2' });
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
    const another = { ...wish, key: key.replace('0', '1') };
    assert.deepEqual(await provider.charge(another, never), { kind: 'captured', reference: 'pi_2' });
    stripe.next.push(stripeError(400, 'invalid_request_error', 'charge_disputed'));
    const refused = await provider.refund({ ...back, key: 'r2', chargeReference: 'pi_2' }, never);
    assert.equal(refused.kind === 'refused' && refused.code, 'charge_disputed');
  });

  it('takes the money of a charge for back that somebody gave back, though nothing of ours is on it', async () => {
    const by = { amount: 1_980, currency: 'eur', metadata: {} };
    stripe.intents.set('pi_7', { ...by, id: 'pi_7', status: 'succeeded' });
    const of = { ...back, chargeReference: 'pi_7' };
    await provider.refund({ ...of, key: 'by hand' }, never);
    assert.deepEqual(await provider.refund(of, never), { kind: 'refunded', reference: 're_1' });
    assert.equal(stripe.refunds.size, 1);
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

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { NOW } from '../../../../platform/deciderTesting.ts';
import { moneyOf } from '../../../../platform/money.ts';
import { refundKeyOf } from '../../domain/commands.ts';
import { amount, context, ORDER_ID, PAYMENT_ID } from '../../domain/samples.testing.ts';
import { refundTask } from '../../refundTask.ts';
import { newRefundTask } from '../../tasks.ts';
import type { Provider } from '../provider.ts';
import { type StripeDouble, startStripeDouble, stripeError } from './double.testing.ts';
import { createStripeProvider } from './stripeProvider.ts';

const never = new AbortController().signal;
const of = { orderId: ORDER_ID, currency: amount.currency, amountMinor: amount.minor };
const backBy = (key: string, amountMinor = amount.minor) => ({
  ...of,
  key,
  chargeReference: 'pi_1',
  amountMinor,
});
const refundedBy = (refundReference: string, attempt = 1) => ({
  type: 'RecordRefunded',
  orderId: ORDER_ID,
  attempt,
  refundReference,
});

describe('the refund task with Stripe', () => {
  let stripe: StripeDouble;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await startStripeDouble();
    provider = createStripeProvider({ url: stripe.url, secretKey: 'sk_test_1', timeoutMs: 10_000 });
    const answer = await provider.charge({ ...of, key: PAYMENT_ID, token: 'pm_card_visa' }, never);
    assert.deepEqual(answer, { kind: 'captured', reference: 'pi_1' });
  });
  afterEach(() => stripe.close());

  function run(attempt = 1) {
    const facts = { context, paymentId: PAYMENT_ID, amount: moneyOf(amount) };
    const started = { ...facts, providerReference: 'pi_1', attempt, message: 'changed my mind' };
    const task = newRefundTask(started, { version: 3, time: NOW });
    return refundTask({ provider })({ ...task, attempts: 1, createdAt: NOW, ageMs: 0 }, never);
  }
  async function commandOf(attempt = 1) {
    const result = await run(attempt);
    assert.ok('command' in result, `a command, not ${JSON.stringify(result)}`);
    return result.command;
  }
  const becomes = (id: string, status: string) => Object.assign(stripe.refunds.get(id) ?? {}, { status });
  /** The refund of the first attempt. */
  function makes(id: string, status: string) {
    const metadata = { refund_key: refundKeyOf(PAYMENT_ID, 1) };
    const facts = { object: 'refund', payment_intent: 'pi_1', amount: Number(amount.minor) };
    stripe.refunds.set(id, { ...facts, id, status, metadata });
  }
  const givenBackMinor = () =>
    [...stripe.refunds.values()].reduce(
      (sum, each) => sum + (each.status === 'succeeded' ? Number(each.amount) : 0),
      0,
    );

  it('does not take a refund that failed for done, whatever the charge says', async () => {
    stripe.refundStatus = 'failed';
    const first = await provider.refund(backBy(refundKeyOf(PAYMENT_ID, 1)), never);
    assert.equal(first.kind, 'refused');
    const charge = { id: 'ch_1', object: 'charge', refunded: true };
    stripe.late.set('pi_1', { ...stripe.intents.get('pi_1'), latest_charge: charge });
    assert.equal((await commandOf()).type, 'RecordRefundRefused');

    stripe.refundStatus = 'succeeded';
    assert.deepEqual(await commandOf(2), refundedBy('re_2', 2));
    assert.equal(givenBackMinor(), Number(amount.minor));
  });

  it('waits for a refund by hand that is under way, and then takes it for done or makes its own', async () => {
    for (const status of ['pending', 'requires_action']) {
      stripe.refundStatus = status;
      await assert.rejects(
        provider.refund(backBy(`by hand, ${status}`), never),
        /is (pending|requires_action)/,
      );
      const result = await run();
      assert.ok('againAfterMs' in result && result.error.includes(status), JSON.stringify(result));
      becomes(`re_${stripe.refunds.size}`, 'failed');
    }
    assert.equal((await commandOf()).type, 'RecordRefundRefused');
    becomes('re_2', 'succeeded');
    assert.deepEqual(await commandOf(), refundedBy('re_2'));
  });

  it('takes the money for back only where all of it is', async () => {
    stripe.refundStatus = 'succeeded';
    const partMinor = 80n;
    await provider.refund(backBy('a part by hand', partMinor), never);
    assert.equal((await commandOf()).type, 'RecordRefundRefused');
    await provider.refund(backBy('the rest by hand', amount.minor - partMinor), never);
    assert.deepEqual(await commandOf(), refundedBy('re_2'));
  });

  it('makes the next attempt where the key only repeats a failure, and gives the money back once', async () => {
    stripe.next.push(stripeError(500, 'api_error', 'internal'));
    assert.equal((await commandOf()).type, 'RecordRefundRefused');
    assert.deepEqual(await commandOf(2), refundedBy('re_1', 2));
    assert.equal(givenBackMinor(), Number(amount.minor));
  });

  it('gives the money back once where Stripe makes the refund that failed later yet', async () => {
    stripe.next.push(stripeError(500, 'api_error', 'internal'));
    assert.equal((await commandOf()).type, 'RecordRefundRefused');
    makes('re_9', 'succeeded');
    assert.deepEqual(await commandOf(2), refundedBy('re_9', 2));
    assert.equal(givenBackMinor(), Number(amount.minor));
  });

  it('finds the refund that was made though its key repeats a failure', async () => {
    makes('re_9', 'pending');
    stripe.next.push(stripeError(500, 'api_error', 'internal'));
    const result = await run();
    assert.ok('againAfterMs' in result && /re_9 is pending/.test(result.error), JSON.stringify(result));
    becomes('re_9', 'succeeded');
    assert.deepEqual(await commandOf(), refundedBy('re_9'));
  });

  it('does not know where the refunds cannot be listed either', async () => {
    const failure = stripeError(500, 'api_error', 'internal');
    stripe.next.push(failure, failure, failure, failure, failure, failure);
    const result = await run();
    assert.ok('againAfterMs' in result);
    assert.equal(stripe.refunds.size, 0);
  });
});

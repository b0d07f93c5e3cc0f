import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { stripeNews } from './stripeNews.ts';

const orderId = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';
const key = '0f3c8a52-9a3e-5d2c-8f57-7a3f1f0c1b11';
const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  amount: 1_980,
  currency: 'eur',
  status: 'succeeded',
  metadata: { order_id: orderId, payment_id: key },
};
const refund = {
  id: 're_1',
  object: 'refund',
  status: 'succeeded',
  metadata: { order_id: orderId, refund_key: key },
};
const read = (type: string, object: unknown) => stripeNews.read({ id: 'evt_1', type, data: { object } });

describe("Stripe's webhooks", () => {
  it('tell what became of a charge', () => {
    const of = { kind: 'charge', orderId, key, currency: 'EUR', amountMinor: 1_980n };
    const captured = { kind: 'captured', reference: 'pi_1' };
    assert.deepEqual(read('payment_intent.succeeded', intent), { ...of, answer: captured });
    const failed = {
      ...intent,
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', decline_code: 'lost_card', message: 'no' },
    };
    const declined = { kind: 'declined', code: 'lost_card', message: 'no' };
    assert.deepEqual(read('payment_intent.payment_failed', failed), { ...of, answer: declined });
  });

  it("tell amounts in minor units, whatever Stripe's are", () => {
    for (const [currency, amount, amountMinor] of [
      ['isk', 50_000, 500n],
      ['ugx', 50_000, 500n],
      ['mga', 500, 50_000n],
      ['jpy', 500, 500n],
      ['kwd', 5_120, 5_120n],
    ] as const) {
      const news = read('payment_intent.succeeded', { ...intent, currency, amount });
      assert.ok(news?.kind === 'charge');
      assert.deepEqual([news.currency, news.amountMinor], [currency.toUpperCase(), amountMinor]);
    }
    assert.throws(() => read('payment_intent.succeeded', { ...intent, currency: 'isk', amount: 550 }));
  });

  it('tell what became of a refund', () => {
    const of = { kind: 'refund', orderId, key };
    const refunded = { kind: 'refunded', reference: 're_1' };
    assert.deepEqual(read('refund.updated', refund), { ...of, answer: refunded });
    const failed = { ...refund, status: 'failed', failure_reason: 'lost_or_stolen_card' };
    const refused = { kind: 'refused', code: 'lost_or_stolen_card', message: 'the refund re_1 is failed' };
    assert.deepEqual(read('refund.failed', failed), { ...of, answer: refused });
  });

  it('tell nothing where nothing is definite, or nothing is ours', () => {
    assert.equal(read('payment_intent.processing', { ...intent, status: 'processing' }), undefined);
    assert.equal(read('refund.created', { ...refund, status: 'pending' }), undefined);
    assert.equal(read('payment_intent.succeeded', { ...intent, metadata: {} }), undefined);
    assert.equal(read('customer.created', { id: 'cus_1' }), undefined);
    assert.throws(() => read('payment_intent.succeeded', { id: 'pi_1' }));
    assert.throws(() => stripeNews.read({ type: 1 }));
  });
});

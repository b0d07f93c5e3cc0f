import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { orderBytes, type Wishes, wishOf } from './wishes.ts';

const skus = Array.from({ length: 50 }, (_, n) => `SKU-${n}`);
const wishes: Wishes = { skus, lines: 2, customers: 10, declinedOf: 20 };
const orders = Array.from({ length: 1_000 }, (_, n) => wishOf(n, wishes));

describe('what a generator orders', () => {
  it('has lines of different items, spread over all', () => {
    for (const { lines } of orders) assert.equal(new Set(lines.map(({ sku }) => sku)).size, 2);
    assert.equal(new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku))).size, skus.length);
    assert.equal(new Set(orders.map(({ customerId }) => customerId)).size, 10);
  });

  it('is declined as often as it is told', () => {
    const declined = orders.filter(({ paymentToken }) => paymentToken === 'tok_declined');
    assert.equal(declined.length, 50);
    const none = orders.map((_, n) => wishOf(n, { ...wishes, declinedOf: 0 }));
    assert.ok(none.every(({ paymentToken }) => paymentToken === 'tok_ok'));
  });

  it('is the same order each time, as a new request', () => {
    const [first, second] = [orderBytes(7, wishes), orderBytes(7, wishes)].map((bytes) =>
      PlaceOrderRequest.decode(bytes),
    );
    assert.ok(first && second);
    assert.notEqual(first.requestId, second.requestId);
    assert.deepEqual({ ...first, requestId: '' }, { ...second, requestId: '' });
  });
});

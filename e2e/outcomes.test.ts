import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { PaymentStatus } from '../proto/gen/orderlog/payment/v1/types.ts';
import { ended, eventsOf, orderOf, tally } from './support/orders.ts';
import { type System, system } from './support/system.ts';

describe('an order, from outside', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
  });

  const place = async (fields: Parameters<typeof orderOf>[0]) => {
    const { orderId } = await it_.orders.placeOrder(orderOf(fields));
    return ended(it_.orders, orderId);
  };
  const onHand = async (sku: string) => {
    const { item } = await it_.catalog.getItem({ sku });
    return { onHand: item?.onHand, reserved: item?.reserved };
  };

  it('completes: reserved, paid once, off the shelf', async () => {
    const sku = await it_.newItem({ onHand: 10n, priceCents: 1_250 });
    const order = await place({
      lines: [
        { sku, quantity: 2 },
        { sku, quantity: 1 },
      ],
    });
    assert.deepEqual(tally([order]), { COMPLETED: 1 });
    assert.deepEqual(order.total, { currencyCode: 'EUR', units: 37n, nanos: 500_000_000 });
    const names = await eventsOf(it_.orders, order.orderId);
    assert.deepEqual(names.toSorted(), ['OrderCompleted', 'OrderCreated', 'OrderItemsReserved', 'OrderPaid']);
    assert.equal(names[0], 'OrderCreated');
    assert.equal(names[3], 'OrderCompleted');
    const { payment } = await it_.payment.getPayment({ orderId: order.orderId });
    assert.equal(payment?.status, PaymentStatus.PAYMENT_STATUS_CAPTURED);
    assert.deepEqual(payment?.amount, order.total);
    await it_.until(async () => assert.deepEqual(await onHand(sku), { onHand: 7n, reserved: 0n }));
  });

  it('is rejected, and nothing charged, when out of stock', async () => {
    const sku = await it_.newItem({ onHand: 2n });
    const order = await place({
      lines: [
        { sku, quantity: 2 },
        { sku, quantity: 1 },
      ],
    });
    assert.deepEqual(tally([order]), { REJECTED: 1 });
    assert.match(order.message, /2 .*3|3 .*2/);
    await assert.rejects(it_.payment.getPayment({ orderId: order.orderId }), { code: 'NOT_FOUND' });
    assert.deepEqual(await onHand(sku), { onHand: 2n, reserved: 0n });
  });

  it('is rejected when the SKU is unknown', async () => {
    const order = await place({ lines: [{ sku: 'SKU-NO-SUCH', quantity: 1 }] });
    assert.deepEqual(tally([order]), { REJECTED: 1 });
    assert.match(order.message, /SKU-NO-SUCH/);
  });

  it('is rejected when the price is not the expected one', async () => {
    const sku = await it_.newItem({ onHand: 5n, priceCents: 500 });
    const expectedTotal = { currencyCode: 'EUR', units: 4n, nanos: 990_000_000 };
    const order = await place({ lines: [{ sku, quantity: 1 }], expectedTotal });
    assert.deepEqual(tally([order]), { REJECTED: 1 });
    await assert.rejects(it_.payment.getPayment({ orderId: order.orderId }), { code: 'NOT_FOUND' });
  });

  it('is cancelled, and the stock is free again, when the payment is declined', async () => {
    const sku = await it_.newItem({ onHand: 3n });
    const order = await place({ lines: [{ sku, quantity: 3 }], paymentToken: 'tok_declined' });
    assert.deepEqual(tally([order]), { CANCELLED: 1 });
    await it_.until(async () => assert.deepEqual(await onHand(sku), { onHand: 3n, reserved: 0n }));
  });

  for (const token of ['tok_flaky', 'tok_slow', 'tok_timeout']) {
    it(`completes with ${token}, charged once`, async () => {
      const order = await place({ paymentToken: token });
      assert.deepEqual(tally([order]), { COMPLETED: 1 });
      assert.equal(await it_.charges(order.orderId), 1);
    });
  }

  it('is one order for one request_id, however often and however many at once', async () => {
    const request = orderOf();
    const answers = await Promise.all(Array.from({ length: 50 }, () => it_.orders.placeOrder(request)));
    answers.push(await it_.orders.placeOrder(request));
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    const orderId = answers[0]?.orderId ?? '';
    await ended(it_.orders, orderId);
    assert.deepEqual(await it_.orders.placeOrder(request), answers[0]);
    assert.equal(await it_.charges(orderId), 1);
    await assert.rejects(it_.orders.placeOrder({ ...request, customerId: 'eve' }), {
      code: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  it('tells its past by version and by time, and never its payment token', async () => {
    const order = await place({});
    const first = await it_.orders.getOrder({ orderId: order.orderId, atVersion: 1 });
    assert.deepEqual(tally(first.order ? [first.order] : []), { PENDING: 1 });
    const { events } = await it_.orders.getOrderHistory({
      orderId: order.orderId,
      pageSize: 2,
      pageToken: '',
    });
    assert.deepEqual(
      events.map(({ version }) => version),
      [1, 2],
    );
    const text = JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    assert.doesNotMatch(text, /tok_ok/);
  });

  describe('given bad input', () => {
    const cases: [name: string, fields: Parameters<typeof orderOf>[0], field: string][] = [
      ['no uuid', { requestId: 'x' }, 'request_id'],
      ['an e-mail address', { customerId: 'ada@example.org' }, 'customer_id'],
      ['no lines', { lines: [] }, 'lines'],
      ['no pieces', { lines: [{ sku: 'SKU-COFFEE', quantity: 0 }] }, 'lines[0].quantity'],
      ['too many lines', { lines: Array.from({ length: 101 }, () => ({ sku: 'A', quantity: 1 })) }, 'lines'],
      ['a card number', { paymentToken: '4111111111111111' }, 'payment_token'],
    ];
    for (const [name, fields, field] of cases) {
      it(`names the field: ${name}`, async () => {
        await assert.rejects(it_.orders.placeOrder(orderOf(fields)), (error: never) => {
          const { code, violations, message } = error as {
            code: string;
            violations: { field: string }[];
            message: string;
          };
          assert.equal(code, 'INVALID_ARGUMENT');
          assert.ok(
            violations.some((violation) => violation.field === field),
            JSON.stringify(violations),
          );
          assert.doesNotMatch(message + JSON.stringify(violations), /4111/);
          return true;
        });
      });
    }

    it('answers NOT_FOUND for ids that nobody knows', async () => {
      const orderId = randomUUID();
      await assert.rejects(it_.orders.getOrder({ orderId }), { code: 'NOT_FOUND' });
      await assert.rejects(it_.orders.getOrderHistory({ orderId, pageSize: 0, pageToken: '' }), {
        code: 'NOT_FOUND',
      });
      await assert.rejects(it_.catalog.getItem({ sku: 'NOPE' }), { code: 'NOT_FOUND' });
      await assert.rejects(it_.catalog.getReservation({ orderId }), { code: 'NOT_FOUND' });
      await assert.rejects(it_.payment.getPayment({ orderId }), { code: 'NOT_FOUND' });
      await assert.rejects(it_.query.getOrder({ orderId, consistencyToken: '' }), { code: 'NOT_FOUND' });
    });
  });
});

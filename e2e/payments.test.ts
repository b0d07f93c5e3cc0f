import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, before, describe, it } from 'mocha';
import { derivedId } from '../platform/ids.ts';
import type { Order } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { PaymentStatus } from '../proto/gen/orderlog/payment/v1/types.ts';
import { assertLogIsWhole } from './support/log.ts';
import { ended, orderOf, tally } from './support/orders.ts';
import { type System, system } from './support/system.ts';

/** Charges are asked for again later each time. */
const HEALED_WITHIN_MS = 90_000;
const PRICE = 1_000n;

describe('payments, from outside', function () {
  this.timeout(300_000);
  let it_: System;
  let sku: string;
  before(async () => {
    it_ = await system();
    sku = await it_.newItem({ onHand: 1_000n, priceCents: Number(PRICE) });
  });
  afterEach(() => it_.setProviderFault('none'));

  const request = (paymentToken: string) => orderOf({ paymentToken, lines: [{ sku, quantity: 1 }] });
  const place = async (paymentToken = 'tok_ok') =>
    (await it_.orders.placeOrder(request(paymentToken))).orderId;
  const placeMany = (tokens: readonly string[]) => Promise.all(tokens.map((token) => place(token)));
  const cancel = (orderId: string) =>
    it_.orders.cancelOrder({ requestId: randomUUID(), orderId, message: 'changed my mind' });
  const allEnd = async (orderIds: readonly string[]) => {
    const orders: Order[] = [];
    for (const orderId of orderIds) orders.push(await ended(it_.orders, orderId, HEALED_WITHIN_MS));
    return orders;
  };
  const becomes = async (orderId: string, status: OrderStatus) => {
    await it_.until(async () => {
      const { order } = await it_.orders.getOrder({ orderId });
      assert.equal(order?.status, status);
    }, HEALED_WITHIN_MS);
  };
  const paymentBecomes = (orderId: string, status: PaymentStatus) =>
    it_.until(async () => {
      const { payment } = await it_.payment.getPayment({ orderId });
      assert.equal(payment?.status, status);
    }, HEALED_WITHIN_MS);
  const kept = { taken: PRICE, back: 0n };
  const givenBack = { taken: PRICE, back: PRICE };

  it('are taken exactly once where the provider answers late, or fails at first', async () => {
    const orderIds = await placeMany(['tok_timeout', 'tok_flaky', 'tok_timeout', 'tok_flaky', 'tok_ok']);
    assert.deepEqual(tally(await allEnd(orderIds)), { COMPLETED: 5 });
    for (const orderId of orderIds) assert.deepEqual(await it_.moneyOf(orderId), kept);
  });

  it('come back if the order was cancelled while nobody knew whether they were taken', async () => {
    await it_.setProviderFault('drop');
    const orderId = await place();
    await it_.until(async () => assert.equal(await it_.charges(orderId), 1));
    assert.equal((await cancel(orderId)).status, OrderStatus.ORDER_STATUS_CANCELLING);
    await paymentBecomes(orderId, PaymentStatus.PAYMENT_STATUS_CANCELLING);
    await it_.setProviderFault('none');
    await becomes(orderId, OrderStatus.ORDER_STATUS_CANCELLED);
    assert.deepEqual(await it_.moneyOf(orderId), givenBack);
  });

  it('wait while the provider is down, and are taken once when it is back', async () => {
    await it_.setProviderFault('down');
    const wanted = await placeMany(Array.from({ length: 10 }, () => 'tok_ok'));
    const unwanted = await placeMany(Array.from({ length: 5 }, () => 'tok_ok'));
    for (const orderId of [...wanted, ...unwanted]) {
      await it_.until(async () => void (await it_.payment.getPayment({ orderId })));
    }
    for (const orderId of unwanted) await cancel(orderId);
    assert.deepEqual(
      (await it_.ledger()).filter(({ orderId }) => wanted.includes(orderId)),
      [],
    );
    await it_.setProviderFault('none');

    assert.deepEqual(tally(await allEnd(wanted)), { COMPLETED: 10 });
    assert.deepEqual(tally(await allEnd(unwanted)), { CANCELLED: 5 });
    for (const orderId of wanted) assert.deepEqual(await it_.moneyOf(orderId), kept);
    for (const orderId of unwanted) {
      const { taken, back } = await it_.moneyOf(orderId);
      assert.equal(back, taken);
    }
  });

  it('come back, once, although the provider refuses the first refunds', async () => {
    const orderId = await place('tok_refund_fails');
    await becomes(orderId, OrderStatus.ORDER_STATUS_COMPLETED);
    await cancel(orderId);
    await becomes(orderId, OrderStatus.ORDER_STATUS_REFUNDED);
    assert.deepEqual(await it_.moneyOf(orderId), givenBack);
  });

  it('that an operator gives back at Payment undo the order', async () => {
    const orderId = await place();
    await becomes(orderId, OrderStatus.ORDER_STATUS_COMPLETED);
    await it_.payment.refund({ requestId: randomUUID(), orderId, reason: 'goodwill' });
    await becomes(orderId, OrderStatus.ORDER_STATUS_REFUNDED);
    const { order } = await it_.orders.getOrder({ orderId });
    assert.equal(order?.cancellationReason, CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED);
    assert.deepEqual(await it_.moneyOf(orderId), givenBack);
  });

  it('are never taken after a cancellation at Payment that came before the order', async () => {
    const early = request('tok_ok');
    const orderId = derivedId(`order/anonymous/${early.requestId}`);
    await it_.payment.cancelPayment({ requestId: randomUUID(), orderId, customerId: 'ada' });
    assert.equal((await it_.orders.placeOrder(early)).orderId, orderId);
    const order = await ended(it_.orders, orderId);
    assert.deepEqual(tally([order]), { CANCELLED: 1 });
    assert.equal(order.cancellationReason, CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED);
    assert.equal(await it_.charges(orderId), 0);
  });

  it("agree with the provider's ledger, both ways", async () => {
    const env = { ...process.env, ORDERLOG_PORT_BASE: it_.addresses.gateway.split(':')[1] };
    const args = ['cli/bin.js', 'payments', 'reconcile'];
    const stdout = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { env }, (_, out) => resolve(out));
    });
    assert.match(stdout, /: no difference\n$/);
    await assertLogIsWhole(it_);
  });
});

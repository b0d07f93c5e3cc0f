import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import pg from 'pg';
import type { CancelOrderRequest, Order } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { PaymentStatus } from '../proto/gen/orderlog/payment/v1/types.ts';
import { paymentIdOf } from '../services/payment/domain/commands.ts';
import { chargeTaskIdOf } from '../services/payment/tasks.ts';
import { assertLogIsWhole } from './support/log.ts';
import { ended, eventsOf, orderOf, placeUntilAccepted, tally } from './support/orders.ts';
import { type System, system } from './support/system.ts';

const S = OrderStatus;
const ENDS_OF_CANCELLED: readonly OrderStatus[] = [S.ORDER_STATUS_CANCELLED, S.ORDER_STATUS_REFUNDED];

describe('an order that is cancelled, from outside', function () {
  this.timeout(300_000);
  let it_: System;
  let sku: string;
  before(async () => {
    it_ = await system();
    sku = await it_.newItem({ onHand: 1_000n, priceCents: 1_000 });
  });

  const place = async (paymentToken = 'tok_ok', of = sku) => {
    const request = orderOf({ paymentToken, lines: [{ sku: of, quantity: 1 }] });
    return (await it_.orders.placeOrder(request)).orderId;
  };
  const cancelRequest = (orderId: string): CancelOrderRequest => ({
    requestId: randomUUID(),
    orderId,
    message: 'changed my mind',
  });
  const cancel = (orderId: string) => it_.orders.cancelOrder(cancelRequest(orderId));
  const read = async (orderId: string): Promise<Order> => {
    const { order } = await it_.orders.getOrder({ orderId });
    assert.ok(order);
    return order;
  };
  const untilStatus = (orderId: string, ...wanted: OrderStatus[]) =>
    it_.until(async () => assert.ok(wanted.includes((await read(orderId)).status)), 60_000);
  const untilPayment = (orderId: string, wanted: PaymentStatus) =>
    it_.until(async () => {
      const { payment } = await it_.payment.getPayment({ orderId });
      assert.equal(payment?.status, wanted);
    });
  /** Until the charge's task was leased, as Payment's database tells. */
  async function untilBegun(orderId: string): Promise<void> {
    const database = new pg.Client({ connectionString: it_.urls.databases.payment });
    await database.connect();
    try {
      const taskId = chargeTaskIdOf(paymentIdOf(orderId));
      await it_.until(async () => {
        const { rows } = await database.query('select from tasks where task_id = $1 and attempts > 0', [
          taskId,
        ]);
        assert.equal(rows.length, 1);
      });
    } finally {
      await database.end();
    }
  }
  const stockOf = async (of: string) => {
    const { item } = await it_.catalog.getItem({ sku: of });
    return [item?.onHand, item?.reserved];
  };
  /** Nothing is kept of it, and the read model says the same. */
  async function assertUndone(orderId: string): Promise<Order> {
    await untilStatus(orderId, ...ENDS_OF_CANCELLED);
    const order = await read(orderId);
    const { taken, back } = await it_.moneyOf(orderId);
    assert.equal(back, taken);
    await it_.until(async () => {
      const { order: view } = await it_.query.getOrder({ orderId, consistencyToken: '' });
      const { status, message, cancellationReason, version } = order;
      assert.partialDeepStrictEqual(view, { status, message, cancellationReason, version });
    });
    return order;
  }

  it('right after it was placed, is never charged for, or given its money back', async () => {
    const own = await it_.newItem({ onHand: 5n });
    const orderId = await place('tok_ok', own);
    const { status, consistencyToken } = await cancel(orderId);
    assert.ok(status === S.ORDER_STATUS_CANCELLING || status === S.ORDER_STATUS_COMPLETED);
    const { order: view } = await it_.query.getOrder({ orderId, consistencyToken });
    assert.ok(view && view.version >= 2);
    const order = await assertUndone(orderId);
    assert.equal(order.cancellationReason, CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST);
    await it_.until(async () => assert.deepEqual(await stockOf(own), [5n, 0n]));
  });

  it('while its charge is slow, waits for the answer and gives the money back', async () => {
    const own = await it_.newItem({ onHand: 5n });
    // It does not answer before all of this is done.
    await it_.setProviderFault('hang');
    let orderId: string;
    try {
      orderId = await place('tok_ok', own);
      await untilPayment(orderId, PaymentStatus.PAYMENT_STATUS_STARTED);
      // Cancelled before anybody has begun it, it would be voided without the provider.
      await untilBegun(orderId);
      // Order learns of the reservation by itself, sooner or later than Payment: its history below has it.
      await untilStatus(orderId, S.ORDER_STATUS_RESERVED);
      assert.equal((await cancel(orderId)).status, S.ORDER_STATUS_CANCELLING);
      await untilPayment(orderId, PaymentStatus.PAYMENT_STATUS_CANCELLING);
      // Until the provider has answered, the goods are held.
      assert.deepEqual(await stockOf(own), [5n, 1n]);
    } finally {
      await it_.setProviderFault('none');
    }
    const order = await assertUndone(orderId);
    assert.equal(order.status, S.ORDER_STATUS_CANCELLED);
    assert.deepEqual(await it_.moneyOf(orderId), { taken: 1_000n, back: 1_000n });
    const events = await eventsOf(it_.orders, orderId);
    assert.deepEqual(events, [
      'OrderCreated',
      'OrderItemsReserved',
      'OrderCancellationRequested',
      'OrderCancelled',
    ]);
    await it_.until(async () => assert.deepEqual(await stockOf(own), [5n, 0n]));
  });

  it('while nobody knows whether it is charged, is charged once and given its money back', async () => {
    const orderId = await place('tok_timeout');
    await it_.until(async () => assert.equal(await it_.charges(orderId), 1));
    assert.equal((await cancel(orderId)).status, S.ORDER_STATUS_CANCELLING);
    assert.equal((await assertUndone(orderId)).status, S.ORDER_STATUS_CANCELLED);
    assert.deepEqual(await it_.moneyOf(orderId), { taken: 1_000n, back: 1_000n });
  });

  it('after it completed, stays completed until the money is back; the goods return', async () => {
    const own = await it_.newItem({ onHand: 5n });
    const orderId = await place('tok_ok', own);
    await untilStatus(orderId, S.ORDER_STATUS_COMPLETED);
    await it_.until(async () => assert.deepEqual(await stockOf(own), [4n, 0n]));
    assert.equal((await cancel(orderId)).status, S.ORDER_STATUS_COMPLETED);
    assert.equal((await assertUndone(orderId)).status, S.ORDER_STATUS_REFUNDED);
    assert.deepEqual(await it_.moneyOf(orderId), { taken: 1_000n, back: 1_000n });
    await untilPayment(orderId, PaymentStatus.PAYMENT_STATUS_REFUNDED);
    await it_.until(async () => assert.deepEqual(await stockOf(own), [5n, 0n]));
    await assert.rejects(cancel(orderId), { code: 'FAILED_PRECONDITION', reason: 'ORDER_REFUNDED' });
  });

  it('counts once, however often it is asked for', async () => {
    const orderId = await place();
    await untilStatus(orderId, S.ORDER_STATUS_COMPLETED);
    const request = cancelRequest(orderId);
    const same = await Promise.all(Array.from({ length: 10 }, () => it_.orders.cancelOrder(request)));
    assert.equal(new Set(same.map((answer) => JSON.stringify(answer))).size, 1);
    await Promise.allSettled(Array.from({ length: 10 }, () => cancel(orderId)));
    await assertUndone(orderId);
    assert.deepEqual(await it_.orders.cancelOrder(request), same[0]);
    const events = await eventsOf(it_.orders, orderId);
    assert.equal(events.filter((type) => type === 'OrderCancellationRequested').length, 1);
    assert.deepEqual(await it_.moneyOf(orderId), { taken: 1_000n, back: 1_000n });
  });

  it('that nobody placed is NOT_FOUND; one that was rejected cannot be', async () => {
    const unknown = { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' };
    await assert.rejects(cancel(randomUUID()), unknown);
    const orderId = await place('tok_ok', 'SKU-NO-SUCH');
    await untilStatus(orderId, S.ORDER_STATUS_REJECTED);
    await assert.rejects(cancel(orderId), { code: 'FAILED_PRECONDITION', reason: 'ORDER_REJECTED' });
  });

  it('over REST: 202, and again the same answer', async () => {
    const orderId = await place();
    const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json' };
    const post = () =>
      fetch(`http://${it_.addresses.http}/v1/orders/${orderId}/cancel`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ message: 'no more' }),
      });
    const first = await post();
    assert.equal(first.status, 202);
    const text = await first.text();
    assert.equal((await assertUndone(orderId)).message, 'no more');
    assert.equal(await (await post()).text(), text);
  });

  it('a hundred at random moments: each ends, keeps no money it should not, and the stock is exact', async () => {
    const own = await it_.newItem({ onHand: 60n });
    const tokens = ['tok_ok', 'tok_ok', 'tok_ok', 'tok_flaky', 'tok_declined', 'tok_slow'];
    const orders = await Promise.all(
      Array.from({ length: 100 }, async (_, n): Promise<{ order: Order; asked: boolean }> => {
        await sleep(Math.random() * 1_000);
        const paymentToken = tokens[n % tokens.length] ?? 'tok_ok';
        const request = orderOf({ paymentToken, lines: [{ sku: own, quantity: 1 }], customerId: `c-${n}` });
        const { orderId } = await placeUntilAccepted(it_.orders, request);
        // Every fifth after its end, the others at any moment.
        if (n % 5 === 0) await ended(it_.orders, orderId);
        else await sleep(Math.random() ** 2 * 3_000);
        const answer = await cancel(orderId).catch((error: { reason: string }) => {
          assert.match(error.reason, /^ORDER_(REJECTED|CANCELLED)$/);
          return undefined;
        });
        if (answer) await untilStatus(orderId, ...ENDS_OF_CANCELLED);
        return { order: await ended(it_.orders, orderId), asked: answer !== undefined };
      }),
    );
    const { CANCELLED = 0, REFUNDED = 0, REJECTED = 0 } = tally(orders.map(({ order }) => order));
    assert.equal(CANCELLED + REFUNDED + REJECTED, 100);
    assert.ok(CANCELLED > 0 && REFUNDED > 0, `${CANCELLED} cancelled, ${REFUNDED} refunded`);
    for (const { order, asked } of orders) {
      const { taken, back } = await it_.moneyOf(order.orderId);
      assert.equal(back, taken, order.orderId);
      if (asked) assert.ok(ENDS_OF_CANCELLED.includes(order.status));
    }
    await it_.until(async () => assert.deepEqual(await stockOf(own), [60n, 0n]));
    await assertLogIsWhole(it_);
  });
});

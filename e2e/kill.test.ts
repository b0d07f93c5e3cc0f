import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import type { Order, PlaceOrderRequest } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus, RejectionReason } from '../proto/gen/orderlog/order/v1/types.ts';
import { assertLogIsWhole } from './support/log.ts';
import { ended, orderOf, placeUntilAccepted, tally } from './support/orders.ts';
import { type System, system } from './support/system.ts';

const ORDERS = 200;

describe('a process that is killed in the middle of 200 orders', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
  });

  for (const victim of [
    'order',
    'catalog',
    'payment',
    'projector',
    'gateway',
    'nats',
    'postgres',
    'elasticsearch',
    'sandbox',
  ]) {
    it(`${victim}: every order ends, exactly once in the log`, async () => {
      const sku = await it_.newItem({ onHand: 150n });
      const requests = Array.from({ length: ORDERS }, (_, n) =>
        orderOf({
          customerId: `${victim}-${n}`,
          lines: [{ sku, quantity: 1 }],
          paymentToken: n % 20 === 19 ? 'tok_declined' : 'tok_ok',
        }),
      );
      const placing = Promise.all(
        requests.map(async (request, n) => {
          await sleep(n * 5);
          return placeUntilAccepted(it_.orders, request);
        }),
      );
      await sleep((ORDERS * 5) / 2);
      await it_.kill(victim);
      const placed = await placing;

      const orders: Order[] = [];
      for (const { orderId } of placed) orders.push(await ended(it_.orders, orderId, 90_000));
      const { COMPLETED = 0, CANCELLED = 0, REJECTED = 0 } = tally(orders);
      assert.equal(COMPLETED + CANCELLED + REJECTED, ORDERS);
      requests.forEach((request, n) => {
        assertEnd(request, orders[n]);
      });
      assert.ok(COMPLETED <= 150 && COMPLETED >= 140, `${COMPLETED} completed`);

      // Repeats of acknowledged requests get the same orders.
      const again = await Promise.all(
        requests.slice(0, 20).map((request) => placeUntilAccepted(it_.orders, request)),
      );
      assert.deepEqual(again, placed.slice(0, 20));
      await it_.until(async () => {
        const { item } = await it_.catalog.getItem({ sku });
        assert.deepEqual([item?.onHand, item?.reserved], [150n - BigInt(COMPLETED), 0n]);
      });
      await assertLogIsWhole(it_);
      await it_.until(async () => {
        for (const { orderId, version } of orders) {
          const { order } = await it_.query.getOrder({ orderId, consistencyToken: '' });
          assert.equal(order?.version, version);
        }
      });
      assert.equal(await it_.capturedCharges(orders.map(({ orderId }) => orderId)), COMPLETED);
    });
  }
});

/** As its card says, and no missing answer is taken for a decline; unless there was nothing left to sell. */
function assertEnd({ paymentToken }: PlaceOrderRequest, order: Order | undefined): void {
  assert.ok(order);
  const { orderId, status, rejectionReason, cancellationReason } = order;
  if (status === OrderStatus.ORDER_STATUS_REJECTED) {
    assert.equal(rejectionReason, RejectionReason.REJECTION_REASON_OUT_OF_STOCK);
    return;
  }
  const expected =
    paymentToken === 'tok_declined'
      ? [OrderStatus.ORDER_STATUS_CANCELLED, CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED]
      : [OrderStatus.ORDER_STATUS_COMPLETED, CancellationReason.CANCELLATION_REASON_UNSPECIFIED];
  assert.deepEqual([status, cancellationReason], expected, `order ${orderId} with ${paymentToken}`);
}

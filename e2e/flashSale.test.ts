import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { Order } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { assertLogIsWhole } from './support/log.ts';
import { ended, orderOf, placeUntilAccepted, tally } from './support/orders.ts';
import { type System, system } from './support/system.ts';

describe('a flash sale', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
  });

  it('sells 100 pieces to exactly 100 of 1,000 buyers', async () => {
    const sku = await it_.newItem({ onHand: 100n });
    const placed = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        placeUntilAccepted(it_.orders, orderOf({ customerId: `buyer-${n}`, lines: [{ sku, quantity: 1 }] })),
      ),
    );
    const orders: Order[] = [];
    for (const { orderId } of placed) orders.push(await ended(it_.orders, orderId));
    assert.deepEqual(tally(orders), { COMPLETED: 100, REJECTED: 900 });
    await it_.until(async () => {
      const { item } = await it_.catalog.getItem({ sku });
      assert.deepEqual([item?.onHand, item?.reserved], [0n, 0n]);
    });
    await assertLogIsWhole(it_);
  });
});

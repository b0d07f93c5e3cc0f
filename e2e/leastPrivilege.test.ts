import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { ended, orderOf, placeUntilAccepted } from './support/orders.ts';
import { type System, system } from './support/system.ts';

const REFUSED = /^.*(?:permissions violation|permission denied).*$/gim;
const WITHIN_MS = 120_000;

describe('what components may do in the stores', function () {
  this.timeout(3 * WITHIN_MS);
  let shared: System;

  before(async () => {
    shared = await system();
  });

  it('is enough: an order ends and can be read, and no store has ever refused anything', async () => {
    const { orderId } = await placeUntilAccepted(shared.orders, orderOf(), WITHIN_MS);
    const { status, version } = await ended(shared.orders, orderId, WITHIN_MS);
    assert.equal(status, OrderStatus.ORDER_STATUS_COMPLETED);
    await shared.until(async () => {
      const read = await shared.query.getOrder({ orderId, consistencyToken: '' });
      assert.equal(read.order?.version, version);
    }, WITHIN_MS);
    const folder = join(shared.local.dataDir, 'logs');
    for (const name of readdirSync(folder)) {
      assert.deepEqual(readFileSync(join(folder, name), 'utf8').match(REFUSED), null, name);
    }
  });
});

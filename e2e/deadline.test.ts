import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { freePorts } from '../cli/servers/ports.ts';
import { testElasticsearch, testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { services } from '../cli/start/services.ts';
import { startSystem } from '../cli/start/system.ts';
import { createClient } from '../platform/grpc/client.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { ended, orderOf } from './support/orders.ts';
import { until } from './support/system.ts';

const DEADLINE_S = 2;
const PARTS = ['sandbox', 'catalog', 'payment', 'order'];

/** A system of its own, without a read side, whose orders must end within two seconds. */
async function startShortSystem() {
  const running = await startSystem({
    dataDir: join(testFolder(), 'short-deadlines'),
    portBase: String(await freePorts(100)),
    env: { ...process.env, ORDERLOG_ELASTICSEARCH_URL: (await testElasticsearch()).url },
    reporter: silent,
    services: services
      .filter(({ name }) => PARTS.includes(name))
      .map((spec) =>
        spec.name === 'order'
          ? {
              ...spec,
              env: (context) => ({
                ...spec.env(context),
                ORDERLOG_ORDER_DEADLINE_SECONDS: String(DEADLINE_S),
              }),
            }
          : spec,
      ),
  });
  const { addresses, sandboxAddress } = running;
  const orders = createClient(OrderServiceService, addresses.order);
  const catalog = createClient(CatalogServiceService, addresses.catalog);
  return {
    orders,
    catalog,
    async provider(mode: 'down' | 'none') {
      const response = await fetch(`http://${sandboxAddress}/v1/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode }),
      });
      assert.ok(response.ok, await response.text());
    },
    async stop() {
      orders.close();
      catalog.close();
      await running.stop();
    },
  };
}

describe('the deadline of an order, from outside', function () {
  this.timeout(300_000);
  let it_: Awaited<ReturnType<typeof startShortSystem>>;
  before(async () => {
    it_ = await startShortSystem();
  });
  after(() => it_?.stop());

  const place = async () => {
    const { orderId } = await it_.orders.placeOrder(orderOf({ lines: [{ sku: 'SKU-MUG', quantity: 1 }] }));
    return orderId;
  };
  const stock = async () => {
    const { item } = await it_.catalog.getItem({ sku: 'SKU-MUG' });
    return { onHand: item?.onHand, reserved: item?.reserved };
  };
  it('cancels what cannot be charged, keeping neither money nor stock, and leaves alone what ended before', async () => {
    const completedId = await place();
    const completed = await ended(it_.orders, completedId);
    assert.equal(completed.status, OrderStatus.ORDER_STATUS_COMPLETED);
    await until(async () => assert.equal((await stock()).reserved, 0n));
    const before_ = await stock();

    await it_.provider('down');
    const orderId = await place();
    await until(async () => {
      const { order } = await it_.orders.getOrder({ orderId });
      assert.equal(order?.status, OrderStatus.ORDER_STATUS_CANCELLING);
    });
    // Whether the provider charged is not known until it answers.
    assert.equal((await stock()).reserved, 1n);
    await it_.provider('none');
    const order = await ended(it_.orders, orderId, 90_000);
    assert.equal(order.status, OrderStatus.ORDER_STATUS_CANCELLED);
    assert.equal(order.cancellationReason, CancellationReason.CANCELLATION_REASON_TIMED_OUT);
    await until(async () => assert.deepEqual(await stock(), before_));

    // Its deadline was the earlier one.
    const { order: later } = await it_.orders.getOrder({ orderId: completedId });
    assert.deepEqual([later?.status, later?.version], [completed.status, completed.version]);
  });
});

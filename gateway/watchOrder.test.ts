import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { type FeedDouble, feedDouble } from './live/feedDouble.testing.ts';
import { ORDER_ID, type OrdersDouble, ordersDouble } from './live/ordersDouble.testing.ts';
import { orderDouble, startGateway, type TestGateway, type TestServer } from './testbed.testing.ts';

describe('WatchOrder over gRPC', () => {
  let server: TestServer;
  let gateway: TestGateway;
  let orders: OrdersDouble;
  let feed: FeedDouble;
  before(async () => {
    server = await orderDouble({
      getOrder: (request) => orders.getOrder(request),
      getOrderHistory: (request) => orders.getOrderHistory(request),
    });
  });
  beforeEach(async () => {
    orders = ordersDouble('OrderCreated');
    feed = feedDouble();
    gateway = await startGateway({ orderAddress: server.address, feed });
  });
  afterEach(() => gateway.stop());
  after(() => server.stop());

  const watch = (options = {}, afterVersion = 0) =>
    gateway.query
      .watchOrder({ orderId: ORDER_ID.toUpperCase(), afterVersion }, options)
      [Symbol.asyncIterator]();
  const nobodyWatches = async () => {
    while (gateway.watches() > 0) await sleep(5);
  };

  it('serves hundreds at once, and ends all of them with the order', async () => {
    const watches = Array.from({ length: 500 }, () => watch());
    for (const each of watches) assert.equal((await each.next()).value.snapshot?.version, 1);
    feed.tell(...orders.happen('OrderItemsReserved', 'OrderCompleted'));
    for (const each of watches) {
      assert.equal((await each.next()).value.event?.version, 2);
      assert.equal((await each.next()).value.event?.version, 3);
      assert.equal((await each.next()).done, true);
    }
    await nobodyWatches();
  });

  it('ends at its deadline, and when its caller goes away', async () => {
    const late = watch({ timeoutMs: 300 });
    const toItsEnd = async () => {
      while (!(await late.next()).done);
    };
    await assert.rejects(toItsEnd, { code: 'DEADLINE_EXCEEDED' });
    const gone = new AbortController();
    const cancelled = watch({ signal: gone.signal });
    assert.ok((await cancelled.next()).value.snapshot);
    gone.abort();
    await assert.rejects(cancelled.next(), { code: 'CANCELLED' });
    await nobodyWatches();
  });

  it('is refused with what is wrong', async () => {
    const refused = (orderId: string, afterVersion: number) =>
      gateway.query.watchOrder({ orderId, afterVersion })[Symbol.asyncIterator]().next();
    await assert.rejects(refused('x', 0), { code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' });
    await assert.rejects(refused(ORDER_ID, -1), { code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' });
    await assert.rejects(refused(ORDER_ID, 2), { code: 'FAILED_PRECONDITION', reason: 'VERSION_AHEAD' });
    const unknown = '00000000-0000-4000-8000-000000000000';
    await assert.rejects(refused(unknown, 0), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
  });
});

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { type FeedDouble, feedDouble } from '../live/feedDouble.testing.ts';
import { ORDER_ID, type OrdersDouble, ordersDouble } from '../live/ordersDouble.testing.ts';
import { orderDouble, startGateway, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { problemIn } from './restBed.testing.ts';
import { readEvents } from './sse.testing.ts';

const MAX_WATCHERS = 300;

describe('GET /v1/orders/{id}/events', () => {
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
    feed = feedDouble();
    const watching = { maxWatchers: MAX_WATCHERS };
    gateway = await startGateway({ orderAddress: server.address, feed, watching });
  });
  afterEach(() => gateway.stop());
  after(() => server.stop());

  const url = (path = '') => `${gateway.http}/v1/orders/${ORDER_ID}/events${path}`;
  const go = (...types: readonly string[]) => feed.tell(...orders.happen(...types));
  const nobodyWatches = async () => {
    while (gateway.watches() > 0 || feed.listeners() > 0) await sleep(5);
  };

  it('tells the order as it is, each event, and its end, and closes', async () => {
    orders = ordersDouble('OrderCreated');
    const response = await fetch(url());
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-accel-buffering'), 'no');
    const events = readEvents(response);
    const { value: first } = await events.next();
    assert.deepEqual([first?.event, first?.id, first?.data.snapshot?.version], ['snapshot', '1', 1]);
    go('OrderCompleted');
    const { value: second } = await events.next();
    assert.deepEqual([second?.event, second?.id], ['event', '2']);
    assert.equal(second?.data.event.type, 'orderlog.order.v1.OrderCompleted');
    assert.equal(second?.data.event.event['@type'], 'type.googleapis.com/orderlog.order.v1.OrderCompleted');
    const { value: last } = await events.next();
    assert.deepEqual(last, { event: 'end', id: '2', data: { lastVersion: 2 } });
    assert.equal((await events.next()).done, true);
    await nobodyWatches();
  });

  it('resumes behind Last-Event-ID, which wins over the parameter', async () => {
    orders = ordersDouble('OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted');
    const ids = async (response: Response) => {
      const seen: string[] = [];
      for await (const { event, id } of readEvents(response)) seen.push(`${event} ${id}`);
      return seen;
    };
    assert.deepEqual(await ids(await fetch(url('?after_version=2'))), ['event 3', 'event 4', 'end 4']);
    const response = await fetch(url('?after_version=1'), { headers: { 'last-event-id': '3' } });
    assert.deepEqual(await ids(response), ['event 4', 'end 4']);
  });

  it('answers 204 where there is nothing more to come, so that an EventSource stays away', async () => {
    orders = ordersDouble('OrderCreated', 'OrderRejected');
    const response = await fetch(url(), { headers: { 'last-event-id': '2' } });
    assert.equal(response.status, 204);
  });

  it('refuses with a problem what cannot be watched', async () => {
    orders = ordersDouble('OrderCreated');
    const unknown = await fetch(url().replace(ORDER_ID, '00000000-0000-4000-8000-000000000000'));
    assert.equal((await problemIn(unknown)).status, 404);
    const ahead = await problemIn(await fetch(url('?after_version=9')));
    assert.deepEqual([ahead.status, ahead.violations[0]?.field], [409, 'after_version']);
    for (const [path, headers, field] of [
      ['?after_version=-1', {}, 'after_version'],
      ['', { 'last-event-id': 'x' }, 'Last-Event-ID'],
      ['?since=1', {}, 'since'],
    ] as const) {
      const problem = await problemIn(await fetch(url(path), { headers }));
      assert.deepEqual([problem.status, problem.violations[0]?.field], [400, field]);
    }
    const head = await fetch(url(), { method: 'HEAD' });
    assert.equal(head.status, 405);
  });

  it('takes hundreds at once, tells the next when to come again, and forgets who goes away', async () => {
    orders = ordersDouble('OrderCreated');
    const gone = new AbortController();
    const open = () => fetch(url(), { signal: gone.signal });
    const responses = await Promise.all(Array.from({ length: MAX_WATCHERS }, open));
    assert.ok(responses.every(({ status }) => status === 200));
    const refused = await fetch(url());
    assert.equal(refused.headers.get('retry-after'), '5');
    assert.deepEqual([refused.status, (await problemIn(refused)).reason], [503, 'TOO_MANY_WATCHERS']);
    // Others are served meanwhile.
    assert.equal((await fetch(`${gateway.http}/healthz`)).status, 200);
    const streams = responses.map(readEvents);
    for (const stream of streams) await stream.next();
    go('OrderItemsReserved');
    for (const stream of streams) assert.equal((await stream.next()).value?.id, '2');
    gone.abort();
    await nobodyWatches();
  });

  it('waits for a client that does not read, drops what it missed, and tells it so', async () => {
    orders = ordersDouble('OrderCreated');
    const response = await fetch(url());
    const events = readEvents(response);
    assert.equal((await events.next()).value?.event, 'snapshot');
    // More than sockets and watcher hold.
    for (let n = 0; n < 40_000; n += 1) {
      go('OrderItemsReserved');
      if (n % 500 === 0) await sleep(1);
    }
    go('OrderCompleted');
    const seen: string[] = [];
    let last = 1;
    for await (const { event, id } of events) {
      seen.push(event);
      if (event === 'event') assert.equal(Number(id), last + 1);
      last = Number(id);
    }
    assert.ok(seen.includes('resync'), seen.slice(-5).join());
    assert.deepEqual([seen.at(-1), last], ['end', 40_002]);
  });

  it('ends when the gateway stops, and with it what was begun over gRPC', async () => {
    orders = ordersDouble('OrderCreated');
    const events = readEvents(await fetch(url()));
    await events.next();
    const watch = gateway.query.watchOrder({ orderId: ORDER_ID, afterVersion: 0 });
    const updates = watch[Symbol.asyncIterator]();
    assert.equal((await updates.next()).value.snapshot?.version, 1);
    const [ended, failed] = await Promise.all([
      events.next(),
      updates.next().catch((error: unknown) => error),
      gateway.stop(),
    ]);
    // One that was cut off would have failed.
    assert.equal(ended.done, true);
    assert.ok(failed instanceof OrderlogError);
    assert.deepEqual([failed.code, failed.reason], ['UNAVAILABLE', 'SERVER_STOPPING']);
  });
});

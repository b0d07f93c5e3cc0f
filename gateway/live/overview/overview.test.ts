import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SearchOrdersResponse } from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { type FeedDouble, feedDouble, messageOf } from '../feedDouble.testing.ts';
import type { LiveDocument } from './document.ts';
import { createOverview, type OverviewOptions, type OverviewSources } from './overview.ts';
import { partsAfter } from './picture.ts';

const { signal } = new AbortController();
const options: OverviewOptions = { everyMs: 5, lingerMs: 1 };

function sourcesOf(feed: FeedDouble): OverviewSources {
  const nothingParked = { listParkedEvents: async () => ({ events: [], nextPageToken: '' }) };
  return {
    feeds: [{ stream: 'ORDERS', feed }],
    connection: new Promise(() => undefined),
    queries: {
      searchOrders: async () =>
        SearchOrdersResponse.fromPartial({ totalSize: 3n, statusCounts: [{ status: 4, count: 3n }] }),
    },
    model: { progress: async () => 1 },
    readiness: {
      order: async () => ({ ready: true }),
      catalog: async () => ({ ready: false, detail: 'it is down' }),
    },
    ops: { order: nothingParked, payment: { listParkedEvents: () => Promise.reject(new Error('down')) } },
  };
}

const next = async (documents: AsyncGenerator<LiveDocument>): Promise<LiveDocument> =>
  (await documents.next()).value;

describe('the overview', () => {
  it('tells what flows, what is in flight, the parts and what went wrong', async () => {
    const feed = feedDouble();
    const overview = createOverview(sourcesOf(feed), options);
    const documents = overview.view(signal);
    const first = await next(documents);
    assert.deepEqual(first.logs, [{ stream: 'ORDERS', following: true, detail: null }]);
    assert.deepEqual(
      first.parts.map(({ name, ready, detail }) => [name, ready, detail]),
      [
        ['order', true, null],
        ['catalog', false, 'it is down'],
      ],
    );
    assert.deepEqual(
      first.errors.map(({ part, message }) => [part, message]),
      [['catalog', 'it is down']],
    );
    assert.deepEqual(first.parked, [
      { service: 'order', count: 0, isMore: false },
      { service: 'payment', count: null, isMore: false },
    ]);
    feed.tell(
      messageOf('a', 1, 'OrderCreated'),
      messageOf('b', 1, 'OrderCreated'),
      messageOf('a', 2, 'OrderRejected'),
    );
    const second = await next(documents);
    const created = second.flow.events.find(({ type }) => type === 'OrderCreated');
    assert.deepEqual([created?.boundary, created?.service, created?.total], ['START', 'order', 2]);
    assert.deepEqual(
      second.orders.inFlight.filter(({ count }) => count > 0),
      [{ status: 'ORDER_STATUS_PENDING', count: 1 }],
    );
    assert.deepEqual(
      second.recentEvents.map(({ orderId, type }) => `${orderId} ${type}`),
      ['a OrderRejected', 'b OrderCreated', 'a OrderCreated'],
    );
    await overview.close();
  });

  it('asks how many orders there are, and goes on without what cannot be told', async () => {
    const overview = createOverview(sourcesOf(feedDouble()), options);
    const documents = overview.view(signal);
    const { orders, lag } = await next(documents);
    assert.deepEqual(
      [orders.readModel?.total, orders.readModel?.counts],
      [3, [{ status: 'ORDER_STATUS_COMPLETED', count: 3 }]],
    );
    assert.equal(lag, null);
    await overview.close();
    await assert.rejects(documents.next(), { reason: 'SERVER_STOPPING' });
  });

  it('shows one that hangs as giving no answer, and all the while the others as they are', async () => {
    const never = () => new Promise<never>(() => undefined);
    const sources = sourcesOf(feedDouble());
    const readiness = { ...sources.readiness, payment: never };
    const ops = { ...sources.ops, payment: { listParkedEvents: never } };
    const overview = createOverview({ ...sources, readiness, ops }, options);
    for await (const { parts, parked } of overview.view(signal)) {
      const [order, catalog, payment] = parts;
      assert.deepEqual([order?.ready, catalog?.detail], [true, 'it is down']);
      assert.deepEqual(parked[0], { service: 'order', count: 0, isMore: false });
      if (!payment || !parked[1]) continue;
      assert.deepEqual([payment.ready, payment.detail], [false, 'no answer within 2 s']);
      assert.deepEqual(parked[1], { service: 'payment', count: null, isMore: false });
      break;
    }
    await overview.close();
  });

  it('comes again only when something has changed', async () => {
    const feed = feedDouble();
    const overview = createOverview(sourcesOf(feed), { ...options, maxViewers: 1 });
    const documents = overview.view(signal);
    const first = await next(documents);
    const second = next(documents);
    const soon = new Promise((resolve) => setTimeout(resolve, 50, 'nothing'));
    assert.equal(await Promise.race([second, soon]), 'nothing');
    feed.tell(messageOf('a', 1, 'OrderCreated'));
    assert.notDeepEqual((await second).recentEvents, first.recentEvents);
    await overview.close();
  });

  it('is put together once for all, of nothing for nobody', async () => {
    const feed = feedDouble();
    const overview = createOverview(sourcesOf(feed), { ...options, maxViewers: 2 });
    assert.equal(feed.listeners(), 0);
    const gone = new AbortController();
    const [one, two] = [overview.view(gone.signal), overview.view(gone.signal)];
    assert.equal(await next(one), await next(two));
    assert.equal(feed.listeners(), 1);
    await assert.rejects(overview.view(signal).next(), { code: 'RESOURCE_EXHAUSTED' });
    gone.abort();
    while (feed.listeners() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await overview.close();
  });

  it('knows since when a part is as it is', () => {
    const before = partsAfter([], { order: { ready: true }, nats: { ready: true } }, 'one');
    const after = partsAfter(before, { order: { ready: true }, nats: { ready: false } }, 'two');
    assert.deepEqual(
      after.map(({ name, since }) => [name, since]),
      [
        ['order', 'one'],
        ['nats', 'two'],
      ],
    );
  });
});

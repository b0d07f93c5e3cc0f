import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { offer } from '../../platform/grpc/service.ts';
import {
  CatalogServiceService,
  ListItemsResponse,
} from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { ListParkedEventsResponse, OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderCreated } from '../../proto/gen/orderlog/order/v1/events.ts';
import {
  ExplainOrderResponse,
  GetOrderHistoryResponse,
  Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Caller } from '../console/app/types.d.ts';
import { serviceDouble, type TestServer } from '../testbed.testing.ts';
import { fieldsOf, gatewayBefore, ORDER, problemIn } from './restBed.testing.ts';
import { routes } from './table.ts';

const SKU = 'SKU-COFFEE';

const any = (type: string, value: Uint8Array) => ({
  typeUrl: `type.googleapis.com/${type}`,
  value: Buffer.from(value),
});
const created = any('orderlog.order.v1.OrderCreated', OrderCreated.encode(OrderCreated.create()).finish());
const tooNew = any('orderlog.order.v1.OrderShipped', Buffer.of());
const item = { sku: SKU, name: 'Coffee', unitPrice: undefined, version: 3 };
const stock = { ...item, onHand: 5n, reserved: 2n, available: 3n };
const stockJson = { sku: SKU, name: 'Coffee', onHand: '5', reserved: '2', available: '3', version: 3 };

describe('REST: what services tell by themselves', () => {
  let services: TestServer;
  let gateway: Awaited<ReturnType<typeof gatewayBefore>>;
  let asked: unknown;
  const note = <T>(request: unknown, answer: T): Promise<T> => {
    asked = request;
    return Promise.resolve(answer);
  };

  before(async () => {
    services = await serviceDouble(
      offer(OrderServiceService, {
        getOrder: (request) => note(request, { order: Order.fromPartial({ orderId: ORDER, version: 2 }) }),
        getOrderHistory: (request) =>
          note(
            request,
            GetOrderHistoryResponse.fromPartial({
              events: [
                { version: 1, event: created },
                { version: 2, event: tooNew },
              ],
              nextPageToken: 'more',
            }),
          ),
        explainOrder: (request) => note(request, ExplainOrderResponse.fromPartial({ summary: 'It waits.' })),
      }),
      offer(CatalogServiceService, {
        listItems: (request) => note(request, ListItemsResponse.fromPartial({ items: [stock] })),
        getItem: async ({ sku }) => {
          if (sku !== SKU) throw new OrderlogError('NOT_FOUND', 'ITEM_UNKNOWN', `no item ${sku}`);
          return { item: stock };
        },
        adjustStock: (request) => note(request, { item: stock }),
      }),
      offer(OpsServiceService, {
        listParkedEvents: (request) =>
          note(request, ListParkedEventsResponse.fromPartial({ events: [{ parkedId: ORDER }] })),
        replayParkedEvents: (request) =>
          note(request, {
            replayed: 2,
            stillParked: 0,
            error: '',
            failed: 0,
            failedParkedId: '',
            nextPageToken: '',
          }),
        discardParkedEvent: (request) => note(request, { event: undefined, replay: undefined }),
      }),
    );
    gateway = await gatewayBefore(services);
  });
  after(async () => {
    await gateway.stop();
    await services.stop();
  });
  beforeEach(() => {
    asked = undefined;
  });

  const get = (path: string) => fetch(gateway.http + path);
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(gateway.http + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const answered = async (answer: Response) => {
    const json = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(json));
    return json;
  };

  it('tells who one is, and what one may do', async () => {
    const answer = await get('/v1/caller');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { subject, operations } = (await answered(answer)) as Caller;
    assert.equal(subject, 'anonymous');
    assert.deepEqual(
      operations.map(({ operationId }) => operationId),
      routes.map(({ operationId }) => operationId),
    );
    assert.ok(operations.every(({ access }) => access === 'all'));
  });

  it("tells an order's past from the aggregate, without a read model", async () => {
    assert.deepEqual(await answered(await get(`/v1/orders/${ORDER}?at_version=2`)), {
      order: { orderId: ORDER, version: 2 },
      readState: { source: 'READ_SOURCE_AGGREGATE', orderVersion: 2 },
    });
    assert.partialDeepStrictEqual(asked, { orderId: ORDER, atVersion: 2 });
    await answered(await get(`/v1/orders/${ORDER}?at_time=2026-01-31T12:00:00.5Z`));
    assert.partialDeepStrictEqual(asked, { atTime: new Date('2026-01-31T12:00:00.500Z') });
  });

  it('shows a history with its payloads, but for those that it does not know', async () => {
    const path = `/v1/orders/${ORDER}/history?page_size=2&page_token=next`;
    assert.deepEqual(await answered(await get(path)), {
      events: [{ version: 1, event: { '@type': created.typeUrl } }, { version: 2 }],
      nextPageToken: 'more',
    });
    assert.deepEqual(asked, { orderId: ORDER, pageSize: 2, pageToken: 'next' });
  });

  it('explains an order, now or at a moment', async () => {
    assert.deepEqual(await answered(await get(`/v1/orders/${ORDER}/explanation?at_version=3`)), {
      summary: 'It waits.',
    });
    assert.partialDeepStrictEqual(asked, { orderId: ORDER, atVersion: 3 });
  });

  it('lists items and reads one', async () => {
    assert.deepEqual(await answered(await get('/v1/items?page_size=5&page_token=a')), { items: [stockJson] });
    assert.deepEqual(asked, { pageSize: 5, pageToken: 'a' });
    assert.deepEqual(await answered(await get(`/v1/items/${SKU}`)), { item: stockJson });
    assert.equal((await problemIn(await get('/v1/items/SKU-NONE'))).reason, 'ITEM_UNKNOWN');
  });

  it('adjusts stock under an Idempotency-Key', async () => {
    const requestId = randomUUID();
    const headers = { 'idempotency-key': requestId };
    const answer = await post(`/v1/items/${SKU}/adjustments`, { delta: -2, reason: 'broken' }, headers);
    assert.deepEqual(await answered(answer), { item: stockJson });
    assert.deepEqual(asked, { requestId, sku: SKU, delta: -2n, reason: 'broken' });
  });

  it('lists, replays and discards the parked events of a service', async () => {
    const list = await get(`/v1/parked?service=catalog&aggregate_id=${ORDER}`);
    assert.deepEqual(await answered(list), { events: [{ parkedId: ORDER }] });
    assert.partialDeepStrictEqual(asked, { aggregateId: ORDER });
    const replay = await post('/v1/parked/replay?service=order', { consumer: 'order/payments' });
    assert.deepEqual(await answered(replay), { replayed: 2 });
    const wish = { parkedId: ORDER, reason: 'of a test', operatorId: 'ada' };
    await answered(await post('/v1/parked/discard?service=payment', wish));
    assert.deepEqual(asked, wish);
  });

  const wrong: readonly [string, () => Promise<Response>, string[]][] = [
    ['two moments', () => get(`/v1/orders/${ORDER}?at_version=1&at_time=2026-01-01T00:00:00Z`), ['at_time']],
    ['a version that is none', () => get(`/v1/orders/${ORDER}?at_version=0`), ['at_version']],
    ['a time that is none', () => get(`/v1/orders/${ORDER}/explanation?at_time=noon`), ['at_time']],
    ['a page that is too large', () => get(`/v1/orders/${ORDER}/history?page_size=1001`), ['page_size']],
    ['a SKU that is none', () => get('/v1/items/-'), ['sku']],
    ['an adjustment without a key', () => post(`/v1/items/${SKU}/adjustments`, {}), ['Idempotency-Key']],
    [
      'an adjustment by nothing',
      () => post(`/v1/items/${SKU}/adjustments`, {}, { 'idempotency-key': randomUUID() }),
      ['delta'],
    ],
    [
      'the SKU in the body',
      () => post(`/v1/items/${SKU}/adjustments`, { sku: SKU }, { 'idempotency-key': randomUUID() }),
      ['sku'],
    ],
    ['no service', () => get('/v1/parked'), ['service']],
    ['a service that is none', () => post('/v1/parked/replay?service=mail', {}), ['service']],
    ['a body that is none', () => post('/v1/parked/replay?service=order', []), ['']],
    ['a discard without a reason', () => post('/v1/parked/discard?service=order', {}), ['parkedId']],
  ];
  for (const [what, ask, [field = '']] of wrong) {
    it(`refuses ${what}, naming ${field || 'the body'}`, async () => {
      const answer = await ask();
      assert.equal(answer.status, 400);
      assert.equal(fieldsOf(await problemIn(answer))[0], field);
    });
  }
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { ListOrdersRequest, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  OrderSort,
  OrderView,
  ReadSource,
  SearchOrdersRequest,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { problemIn } from '../rest/restBed.testing.ts';
import {
  completed,
  orderDouble,
  startGateway,
  type TestGateway,
  type TestServer,
  tokenOf,
} from '../testbed.testing.ts';

describe('orders from the aggregates', () => {
  let service: TestServer;
  let gateway: TestGateway;
  let listed: ListOrdersRequest[] = [];
  const orders = new Map<string, Order>();
  const orderId = randomUUID();
  const { lines, ...head } = completed(orderId);

  before(async () => {
    service = await orderDouble({
      async getOrder(request) {
        const order = orders.get(request.orderId);
        if (!order) throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', 'no such order');
        return { order };
      },
      async listOrders(request) {
        listed.push(request);
        if (request.pageToken === 'changed') {
          const violations = [{ field: 'page_token', description: 'must be as it was given' }];
          throw new OrderlogError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', 'page_token', { violations });
        }
        return { orders: [...orders.values()], nextPageToken: 'next' };
      },
    });
    gateway = await startGateway({ orderAddress: service.address });
  });
  after(async () => {
    await gateway.stop();
    await service.stop();
  });
  beforeEach(() => {
    listed = [];
    orders.clear();
    orders.set(
      orderId,
      Order.fromPartial({
        ...head,
        lines: [{ sku: 'SKU-COFFEE', quantity: 2 }],
        pricedLines: lines,
        sagaMode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
      }),
    );
  });
  const search = (more: Partial<SearchOrdersRequest> = {}) =>
    gateway.query.searchOrders(SearchOrdersRequest.fromPartial(more));

  it('are told as they are, by version, and of no place in the log', async () => {
    const { order, readState } = await gateway.query.getOrder({ orderId, consistencyToken: '' });
    const view = { ...head, lines, sagaMode: SagaMode.SAGA_MODE_CHOREOGRAPHY };
    assert.deepEqual(order, OrderView.fromPartial(view));
    assert.deepEqual(readState, {
      source: ReadSource.READ_SOURCE_AGGREGATE,
      orderVersion: 4,
      logSequence: 0n,
    });
  });

  it('have the lines that were asked for until they are priced', async () => {
    orders.set(
      orderId,
      Order.fromPartial({ orderId, version: 1, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] }),
    );
    const { order } = await gateway.query.getOrder({ orderId, consistencyToken: '' });
    assert.deepEqual(
      order?.lines.map(({ sku, name, quantity }) => [sku, name, quantity]),
      [['SKU-COFFEE', '', 2]],
    );
  });

  it('need no wait for a token; one that is ahead of the service is told', async () => {
    const get = (version: number) =>
      gateway.query.getOrder({ orderId, consistencyToken: tokenOf(orderId, version) });
    assert.equal((await get(4)).order?.version, 4);
    const behind = { code: 'UNAVAILABLE', reason: 'AGGREGATE_BEHIND' };
    await assert.rejects(get(5), behind);
    await assert.rejects(search({ consistencyToken: tokenOf(orderId, 5) }), behind);
    await assert.rejects(search({ consistencyToken: 'made up' }), { reason: 'INVALID_TOKEN' });
  });

  it('are listed for a customer, and searched by what an aggregate can be asked for', async () => {
    const list = await gateway.query.listCustomerOrders({
      customerId: 'ada',
      pageSize: 7,
      pageToken: 'page',
      consistencyToken: '',
    });
    assert.equal(list.orders[0]?.orderId, orderId);
    assert.equal(list.nextPageToken, 'next');
    assert.deepEqual(list.readState?.source, ReadSource.READ_SOURCE_AGGREGATE);
    const createdAfter = new Date('2026-01-01T00:00:00Z');
    const statuses = [OrderStatus.ORDER_STATUS_COMPLETED];
    const found = await search({ statuses, createdAfter, sort: OrderSort.ORDER_SORT_CREATED_ASC });
    assert.equal(found.orders.length, 1);
    // Nobody counted.
    assert.deepEqual([found.totalSize, found.statusCounts], [-1n, []]);
    assert.deepEqual(listed, [
      ListOrdersRequest.fromPartial({ customerId: 'ada', pageSize: 7, pageToken: 'page' }),
      ListOrdersRequest.fromPartial({ statuses, createdAfter, oldestFirst: true }),
    ]);
  });

  const total = { currencyCode: 'EUR', units: 1n, nanos: 0 };
  const beyond: [string, Partial<SearchOrdersRequest>][] = [
    ['query', { query: 'coffee' }],
    ['min_total', { minTotal: total }],
    ['max_total', { maxTotal: total }],
    ['sort', { sort: OrderSort.ORDER_SORT_TOTAL_DESC }],
    ['sort', { sort: OrderSort.ORDER_SORT_RELEVANCE }],
  ];
  for (const [field, request] of beyond) {
    it(`cannot be searched with ${JSON.stringify(Object.keys(request))}, which the refusal names`, async () => {
      await assert.rejects(search(request), (error: OrderlogError) => {
        assert.deepEqual([error.code, error.reason], ['UNIMPLEMENTED', 'NEEDS_READ_MODEL']);
        assert.deepEqual(
          error.violations.map((violation) => violation.field),
          [field],
        );
        assert.match(error.message, /ORDERLOG_READS=projection/);
        return true;
      });
      assert.deepEqual(listed, []);
    });
  }

  it('are refused a page token of others, with the field named', async () => {
    await assert.rejects(search({ pageToken: 'changed' }), (error: OrderlogError) => {
      assert.equal(error.reason, 'PAGE_TOKEN_INVALID');
      assert.equal(error.violations[0]?.field, 'page_token');
      return true;
    });
  });

  it('are UNAVAILABLE, and 503 with Retry-After, while the Order service is', async () => {
    const gone = await startGateway({ orderAddress: '127.0.0.1:9' });
    try {
      await assert.rejects(gone.query.getOrder({ orderId, consistencyToken: '' }), {
        code: 'UNAVAILABLE',
        reason: 'ORDER_SERVICE_UNAVAILABLE',
      });
      const answer = await fetch(`${gone.http}/v1/orders?customer_id=ada`);
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get('retry-after')) >= 1);
      assert.equal((await problemIn(answer)).reason, 'ORDER_SERVICE_UNAVAILABLE');
    } finally {
      await gone.stop();
    }
  });

  it('are refused to a caller who has asked the Order service too often, as it says it', async () => {
    const tooOften = (): never => {
      throw new OrderlogError('RESOURCE_EXHAUSTED', 'RATE_LIMITED', 'too often', { retryAfterMs: 7_000 });
    };
    const counting = await orderDouble({ getOrder: tooOften, listOrders: tooOften });
    const other = await startGateway({ orderAddress: counting.address });
    try {
      const refused = { code: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED' };
      await assert.rejects(other.query.getOrder({ orderId, consistencyToken: '' }), refused);
      const answer = await fetch(`${other.http}/v1/orders`);
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '7']);
      await answer.arrayBuffer();
    } finally {
      await other.stop();
      await counting.stop();
    }
  });

  it('say NOT_FOUND of what is not there', async () => {
    const unknown = { orderId: randomUUID(), consistencyToken: '' };
    await assert.rejects(gateway.query.getOrder(unknown), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
  });

  it('make a gateway ready without a read model', async () => {
    const answer = await fetch(`${gateway.http}/readyz`);
    assert.equal(answer.status, 200);
    const { parts } = (await answer.json()) as { parts: Record<string, unknown> };
    assert.deepEqual(Object.keys(parts).sort(), ['catalog', 'order', 'payment']);
  });
});

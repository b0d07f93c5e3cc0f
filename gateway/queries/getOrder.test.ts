import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, describe, it } from 'mocha';
import { testElasticsearch } from '../../cli/servers/testing.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { ReadSource } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import {
  completed,
  orderDouble,
  startGateway,
  type TestGateway,
  type TestReadModel,
  type TestServer,
  testReadModel,
  tokenOf,
} from '../testbed.testing.ts';

describe('an order from the read model', () => {
  let orderId: string;
  let model: TestReadModel;
  let order: TestServer;
  let gateway: TestGateway;
  /** What the Order service knows. */
  const known = new Set<string>();
  /** Resolved when it is asked. */
  let asked: PromiseWithResolvers<void>;

  before(async function () {
    this.timeout(120_000);
    model = await testReadModel((await testElasticsearch()).url);
    order = await orderDouble({
      async getOrder({ orderId }) {
        asked.resolve();
        if (!known.has(orderId)) throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', 'no such order');
        return { order: Order.fromPartial({ orderId, version: 1 }) };
      },
    });
    gateway = await startGateway({ ...model, orderAddress: order.address });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
    await model.remove();
  });
  beforeEach(() => {
    orderId = randomUUID();
    asked = Promise.withResolvers();
  });

  const get = (consistencyToken = '', timeoutMs = 5_000) =>
    gateway.query.getOrder({ orderId, consistencyToken }, { timeoutMs });
  const fetchOrder = (path = orderId, headers: Record<string, string> = {}) =>
    fetch(`${gateway.http}/v1/orders/${path}`, { headers });

  it('is answered with the version and the place in the log that it reflects', async () => {
    await model.project(completed(orderId), 41);
    const { order: view, readState } = await get();
    assert.equal(view?.status, OrderStatus.ORDER_STATUS_COMPLETED);
    assert.equal(view?.lines[0]?.name, 'Coffee beans');
    assert.deepEqual(view?.total, { currencyCode: 'EUR', units: 19n, nanos: 800_000_000 });
    assert.deepEqual(readState, {
      source: ReadSource.READ_SOURCE_PROJECTION,
      orderVersion: 4,
      logSequence: 41n,
    });
  });

  it('is the same over REST, as protobuf JSON', async () => {
    await model.project(completed(orderId), 41);
    const answer = await fetchOrder(orderId.toUpperCase());
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      order: {
        orderId,
        customerId: 'ada',
        status: 'ORDER_STATUS_COMPLETED',
        lines: [{ sku: 'SKU-COFFEE', name: 'Coffee beans', quantity: 2 }],
        total: { currencyCode: 'EUR', units: '19', nanos: 800_000_000 },
        createTime: '2026-01-05T10:00:00Z',
        version: 4,
      },
      readState: { source: 'READ_SOURCE_PROJECTION', orderVersion: 4, logSequence: '41' },
    });
  });

  it('is waited for until it has the version of the token', async () => {
    await model.project({ orderId, version: 1 }, 1);
    const reads = [
      get(tokenOf(orderId, 4)),
      fetchOrder(`${orderId}?consistency_token=${tokenOf(orderId, 4)}`),
    ] as const;
    const inHeader = fetchOrder(orderId, { 'consistency-token': tokenOf(orderId, 4) });
    await sleep(150);
    await model.project(completed(orderId), 9);
    assert.equal((await reads[0]).order?.version, 4);
    for (const answer of [await reads[1], await inHeader]) {
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { order: { version: number } }).order.version, 4);
    }
  });

  it("is waited for until the read model has another order's write, if the token is of that", async () => {
    const other = randomUUID();
    await model.project(completed(orderId), 1);
    const read = get(tokenOf(other, 1));
    assert.equal(await Promise.race([read, sleep(150, 'waiting')]), 'waiting');
    await model.project({ orderId: other, version: 1 }, 2);
    assert.equal((await read).order?.orderId, orderId);
  });

  it('is UNAVAILABLE, telling how far it is, when what the Order service knows does not come', async () => {
    known.add(orderId);
    await model.writeCheckpoint({ sequence: 23 });
    const failure = { code: 'UNAVAILABLE', reason: 'READ_MODEL_BEHIND', retryAfterMs: 1_000 };
    await assert.rejects(get('', 20_000), (error: OrderlogError) => {
      assert.partialDeepStrictEqual({ ...error }, failure);
      assert.match(
        error.message,
        /does not have order .* yet, version 1 was asked for; it is at sequence 23/,
      );
      return true;
    });
  });

  it('is waited for if the Order service knows it already', async () => {
    known.add(orderId);
    const read = get();
    await asked.promise;
    await model.project(completed(orderId), 3);
    assert.equal((await read).order?.version, 4);
  });

  it('is NOT_FOUND only if nobody knows it', async () => {
    await assert.rejects(get(), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
    const answer = await fetchOrder();
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as { reason: string }).reason, 'ORDER_NOT_FOUND');
  });

  it('is refused for an id or a token that is none, naming it', async () => {
    await assert.rejects(get('made-up'), { code: 'INVALID_ARGUMENT', reason: 'INVALID_TOKEN' });
    const answers = [await fetchOrder('x'), await fetchOrder(`${orderId}?consistency_token=made-up`)];
    const problems = await Promise.all(
      answers.map((answer) => answer.json() as Promise<{ violations: object[] }>),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400],
    );
    assert.partialDeepStrictEqual(
      problems.flatMap(({ violations }) => violations),
      [{ field: 'id' }, { field: 'Consistency-Token' }],
    );
    assert.equal((await fetchOrder(`${orderId}?version=1`)).status, 400);
  });

  it('comes from the Order service while Elasticsearch is away, and is UNAVAILABLE where that is away too', async () => {
    const es = openElasticsearch({ url: 'http://127.0.0.1:9', requestTimeoutMs: 1_000 });
    const readBlind = async (orderAddress: string) => {
      const blind = await startGateway({ es, alias: 'orders', orderAddress });
      return blind.query.getOrder({ orderId, consistencyToken: '' }).finally(() => blind.stop());
    };
    await assert.rejects(readBlind(order.address), { code: 'NOT_FOUND' });
    known.add(orderId);
    const { readState } = await readBlind(order.address);
    assert.deepEqual([readState?.source, readState?.orderVersion], [ReadSource.READ_SOURCE_AGGREGATE, 1]);
    const unavailable = { code: 'UNAVAILABLE', reason: 'ORDER_SERVICE_UNAVAILABLE' };
    await assert.rejects(readBlind('127.0.0.1:9'), unavailable);
    await es.close();
  });

  it('makes the gateway ready only while every part answers', async () => {
    const readyz = async () => {
      const answer = await fetch(`${gateway.http}/readyz`);
      const { parts } = (await answer.json()) as { parts: Record<string, { ready: boolean }> };
      return [answer.status, Object.keys(parts).filter((part) => !parts[part]?.ready)];
    };
    await model.writeCheckpoint({ time: new Date(Date.now() - 60_000).toISOString() });
    assert.deepEqual(await readyz(), [503, ['projector']]);
    await model.writeCheckpoint({ sequence: 24 });
    assert.deepEqual(await readyz(), [200, []]);
    order.setServing(false);
    assert.deepEqual(await readyz(), [503, ['order', 'catalog', 'payment']]);
    order.setServing(true);
  });
});

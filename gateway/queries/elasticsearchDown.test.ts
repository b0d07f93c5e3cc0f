/** A real Elasticsearch that does not answer, comes back, and is killed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { ownElasticsearch } from '../../cli/servers/testing.ts';
import type { RunningServer } from '../../cli/servers/types.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { HealthCheckResponse_ServingStatus as Serving } from '../../proto/gen/grpc/health/v1/health.ts';
import { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { ReadSource, SearchOrdersRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { problemIn } from '../rest/restBed.testing.ts';
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
import { createGuard } from './guard.ts';

const HALF_OPEN_MS = 300;
const WITHIN_MS = 60_000;

describe('reads while Elasticsearch is down', function () {
  this.timeout(120_000);
  const orderId = randomUUID();
  /** The read model has its first version, and the Order service its fourth. */
  const behind = randomUUID();
  const guard = createGuard(HALF_OPEN_MS);
  let elasticsearch: RunningServer;
  let model: TestReadModel;
  let order: TestServer;
  let gateway: TestGateway;

  before(async () => {
    elasticsearch = await ownElasticsearch();
    model = await testReadModel(elasticsearch.url);
    await model.project(completed(orderId), 7);
    await model.project({ orderId: behind, version: 1 }, 7);
    await model.writeCheckpoint({ sequence: 7 });
    order = await orderDouble({
      async getOrder(request) {
        if (request.orderId !== orderId && request.orderId !== behind)
          throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', 'no such order');
        return { order: Order.fromPartial({ orderId: request.orderId, version: 4 }) };
      },
    });
    gateway = await startGateway({ ...model, orderAddress: order.address, guard });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
    await model.es.close();
  });

  const get = (id: string, consistencyToken = '') =>
    gateway.query.getOrder({ orderId: id, consistencyToken });
  const sourceOf = async (token = '') => (await get(orderId, token)).readState?.source;
  const readBehind = async () => {
    const { order: view, readState } = await get(behind);
    return { version: view?.version, source: readState?.source };
  };
  const search = () => gateway.query.searchOrders(SearchOrdersRequest.fromPartial({}));
  const readyz = async () => {
    const answer = await fetch(`${gateway.http}/readyz`);
    const { parts } = (await answer.json()) as { parts: Record<string, { ready: boolean }> };
    return [answer.status, Object.keys(parts).filter((part) => !parts[part]?.ready)];
  };
  const dependencies = async () => {
    const { statuses } = await gateway.health.list({});
    return Object.keys(statuses).filter((name) => statuses[name]?.status !== Serving.SERVING);
  };
  const until = async (holds: () => Promise<boolean>) => {
    const endsAt = performance.now() + WITHIN_MS;
    while (!(await holds())) {
      assert.ok(performance.now() < endsAt, `${holds} does not hold within ${WITHIN_MS} ms`);
      await sleep(50);
    }
  };

  const assertDegraded = async () => {
    assert.equal(await sourceOf(), ReadSource.READ_SOURCE_AGGREGATE);
    assert.equal(await sourceOf(tokenOf(orderId, 4)), ReadSource.READ_SOURCE_AGGREGATE);
    await assert.rejects(get(randomUUID()), { code: 'NOT_FOUND' });
    await assert.rejects(search(), (error: OrderlogError) => {
      assert.deepEqual([error.code, error.reason], ['UNAVAILABLE', 'READ_MODEL_UNAVAILABLE']);
      return (error.retryAfterMs ?? 0) > 0;
    });
    const answer = await fetch(`${gateway.http}/v1/orders`);
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    assert.equal((await problemIn(answer)).reason, 'READ_MODEL_UNAVAILABLE');
    assert.deepEqual(await readyz(), [503, ['elasticsearch', 'projector']]);
    await until(async () => (await dependencies()).length > 0);
    assert.deepEqual(await dependencies(), ['dependency.elasticsearch']);
  };

  it('come from the read model while it is up', async () => {
    assert.equal(await sourceOf(), ReadSource.READ_SOURCE_PROJECTION);
    assert.deepEqual(await readyz(), [200, []]);
    assert.deepEqual(await dependencies(), []);
  });

  it('come from the aggregate, or are refused, while it does not answer', async () => {
    elasticsearch.kill('SIGSTOP');
    try {
      // It may still answer a read: its threads stop when each of them is next given a processor.
      await until(async () => {
        await Promise.all(Array.from({ length: 6 }, () => sourceOf()));
        return guard.state() === 'open';
      });
      await assertDegraded();
      assert.deepEqual(await readBehind(), { version: 4, source: ReadSource.READ_SOURCE_AGGREGATE });
    } finally {
      elasticsearch.kill('SIGCONT');
    }
  });

  it('come from the read model once it answers again', async () => {
    await until(async () => (await sourceOf()) === ReadSource.READ_SOURCE_PROJECTION);
    assert.equal(guard.state(), 'closed');
    // It was answered at its fourth version before.
    assert.deepEqual(await readBehind(), { version: 4, source: ReadSource.READ_SOURCE_AGGREGATE });
    await model.project({ orderId: behind, version: 4 }, 8);
    assert.deepEqual(await readBehind(), { version: 4, source: ReadSource.READ_SOURCE_PROJECTION });
    await model.writeCheckpoint({ sequence: 8 });
    await until(async () => (await dependencies()).length === 0);
    assert.deepEqual(await readyz(), [200, []]);
  });

  it('are the same when it is killed', async () => {
    elasticsearch.kill('SIGKILL');
    await elasticsearch.exited;
    await assertDegraded();
  });
});

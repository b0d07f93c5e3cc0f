/** Callers that go away while a real Elasticsearch, behind a proxy, has not answered yet. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { testElasticsearch } from '../../cli/servers/testing.ts';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { proxyTo, type TcpProxy } from '../../platform/tcpProxy.testing.ts';
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
import { createGuard, type Guard } from './guard.ts';

/** More would open the breaker. */
const AT_ONCE = 6;

describe('reads whose callers go away', function () {
  this.timeout(20_000);
  const orderId = randomUUID();
  const logged: string[] = [];
  let proxy: TcpProxy;
  let es: Elasticsearch;
  let model: TestReadModel;
  let order: TestServer;
  let gateway: TestGateway;
  let real: Guard;
  const reads = { begun: 0, ended: 0 };
  const guard: Guard = {
    state: () => real.state(),
    read(options, read) {
      reads.begun += 1;
      return real.read(options, read).finally(() => {
        reads.ended += 1;
      });
    },
  };

  before(async function () {
    this.timeout(120_000);
    const { url } = await testElasticsearch();
    proxy = await proxyTo(Number(new URL(url).port));
    model = await testReadModel(url);
    await model.project(completed(orderId), 7);
    es = openElasticsearch({ url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 5_000 });
    order = await orderDouble({});
    const logger = pino(
      { level: 'error' },
      { write: (line: string) => logged.push(JSON.parse(line).err.message) },
    );
    const { alias } = model;
    gateway = await startGateway({ es, alias, orderAddress: order.address, guard, logger });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
    await es.close();
    await proxy.close();
    await model.remove();
  });
  beforeEach(() => {
    real = createGuard();
  });
  afterEach(() => {
    proxy.onReply = () => 'pass';
    proxy.release();
    logged.length = 0;
  });

  const until = async (holds: () => boolean) => {
    while (!holds()) await sleep(5);
  };
  /** Begins them, and has their callers go away before Elasticsearch answers. */
  async function abandon(times: number, read: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    proxy.onReply = () => 'hold';
    const gone = new AbortController();
    const begun = reads.begun + times;
    const all = Promise.allSettled(Array.from({ length: times }, () => read(gone.signal)));
    await until(() => reads.begun >= begun);
    // Until they have gone out.
    await sleep(50);
    gone.abort();
    for (const { status } of await all) assert.equal(status, 'rejected');
    await until(() => reads.ended === reads.begun);
    // Until what they threw was answered.
    await sleep(50);
    assert.deepEqual(logged, []);
  }
  const get = (options: { readonly signal?: AbortSignal; readonly timeoutMs?: number }) =>
    gateway.query.getOrder({ orderId, consistencyToken: '' }, options);
  const fetchPath = (path: string) => (signal: AbortSignal) => fetch(gateway.http + path, { signal });

  it('are not held against Elasticsearch', async () => {
    await abandon(AT_ONCE, (signal) => get({ signal }));
    assert.equal(guard.state(), 'closed');
  });

  it('nor are reads whose deadline passes before it could answer', async () => {
    await abandon(AT_ONCE, () => get({ timeoutMs: 200 }));
    assert.equal(guard.state(), 'closed');
  });

  it('are no fault over REST either, and no error is logged', async () => {
    for (const path of [`/v1/orders/${orderId}`, '/v1/orders']) await abandon(AT_ONCE, fetchPath(path));
    assert.equal(guard.state(), 'closed');
  });

  it('nor is it one to go away while a write is waited for', async () => {
    const gone = new AbortController();
    const path = `/v1/orders/${orderId}?consistency_token=${tokenOf(orderId, 9)}`;
    const waiting = fetchPath(path)(gone.signal);
    const begun = reads.begun;
    // By then it waits most of the time.
    await until(() => reads.begun > begun + 8 && reads.ended === reads.begun);
    gone.abort();
    await assert.rejects(waiting);
    await sleep(200);
    assert.deepEqual(logged, []);
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate as immediately } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { type TestNats, testNats } from '../../cli/servers/testing.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { encodeProjected, projectedSubject } from '../../platform/projected.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import { awaitVersion, type QueryCall, type VersionedModel } from './freshness.ts';

const logger = pino({ level: 'silent' });

describe('waiting for an order of which the projector tells', function () {
  this.timeout(60_000);
  let nats: TestNats;
  let projector: LogConnection;
  let gateway: LogConnection;
  let arrivals: Arrivals;
  const signal = new AbortController().signal;

  before(async () => {
    nats = await testNats();
    const options = { url: nats.url, name: 'test', logger, signal };
    projector = await connectLog(options);
    gateway = await connectLog(options);
    const connected = Promise.resolve(gateway);
    arrivals = createArrivals('orders', connected);
    // It subscribes when it has this; a round trip that began earlier would not tell that the server knows.
    await connected;
    await gateway.roundTrip();
  });
  after(async () => {
    await projector.close();
    await gateway.close();
    await nats.stop();
  });

  const tell = (...orders: { orderId: string; version: number }[]) =>
    projector.nats.publish(projectedSubject('orders'), encodeProjected(orders));
  /** When this returns, the gateway has heard all that was told before. */
  async function heard(): Promise<void> {
    await projector.roundTrip();
    await gateway.roundTrip();
    await immediately();
  }
  /** A read model that counts how often it is read. */
  class Model implements VersionedModel<{ readonly version: number }> {
    version = 0;
    reads = 0;
    readonly arrivals = arrivals;
    async read() {
      this.reads++;
      return this.version > 0 ? { version: this.version } : undefined;
    }
    progress = async () => 0;
  }
  const wait = (model: Model, orderId: string, version: number) => {
    const deadline = new Date(Date.now() + 20_000);
    return awaitVersion(model, { orderId, version }, { signal, deadline } as QueryCall);
  };

  it('reads when it is told', async () => {
    const [orderId, model] = [randomUUID(), new Model()];
    const waiting = wait(model, orderId, 2);
    model.version = 2;
    tell({ orderId: randomUUID(), version: 9 }, { orderId, version: 2 });
    await heard();
    assert.deepEqual(await Promise.race([waiting, 'still waiting']), { version: 2 });
  });

  it('does not read for what it does not wait for', async () => {
    const [orderId, model] = [randomUUID(), new Model()];
    const waiting = wait(model, orderId, 2);
    await heard();
    const { reads } = model;
    for (let n = 0; n < 20; n++) {
      tell({ orderId: randomUUID(), version: 9 }, { orderId, version: 1 });
      await heard();
    }
    assert.ok(model.reads < reads + 10, `${model.reads - reads} reads`);
    model.version = 2;
    tell({ orderId, version: 2 });
    await waiting;
  });

  it('finds by looking what it was not told of', async () => {
    const model = new Model();
    const waiting = wait(model, randomUUID(), 1);
    model.version = 1;
    assert.deepEqual(await waiting, { version: 1 });
  });

  it('takes lines that mean nothing for nothing', async () => {
    const orderId = randomUUID();
    let told = 0;
    const forget = arrivals.expect({ orderId, version: 1 }, () => told++);
    for (const text of ['', orderId, `${orderId} x`, `${orderId} -1`, `\n${orderId} 1e99\n`, '\0'])
      projector.nats.publish(projectedSubject('orders'), text);
    tell({ orderId, version: 3 });
    await heard();
    assert.equal(told, 1);
    forget();
    tell({ orderId, version: 4 });
    await heard();
    assert.equal(told, 1);
  });
});

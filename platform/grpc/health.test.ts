import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freePort } from '../../cli/servers/ports.ts';
import {
  type HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../proto/gen/grpc/health/v1/health.ts';
import {
  ServerReflectionClient,
  ServerReflectionRequest,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { createClient, type GrpcClient } from './client.ts';
import { startTestServer, type TestServer } from './server.testing.ts';

const OPS = 'orderlog.ops.v1.OpsService';
/** Of those who talk with reflection. */
const PLACES = 200;
/** Of those who watch, from one network. */
const SHARE = 50;

describe('health', () => {
  let running: TestServer;
  let health: GrpcClient<typeof HealthService>;
  beforeEach(async () => {
    running = await startTestServer({});
    health = createClient(HealthService, running.address);
  });
  afterEach(async () => {
    health.close();
    await running.stop();
  });
  const statusOf = async (service: string) => (await health.check({ service })).status;

  it('is NOT_SERVING until told otherwise, for the service and the whole', async () => {
    assert.deepEqual([await statusOf(OPS), await statusOf('')], [Serving.NOT_SERVING, Serving.NOT_SERVING]);
    running.server.health.setServing(OPS, true);
    assert.deepEqual([await statusOf(OPS), await statusOf('')], [Serving.SERVING, Serving.SERVING]);
    running.server.health.setServing('', false);
    assert.deepEqual([await statusOf(OPS), await statusOf('')], [Serving.NOT_SERVING, Serving.NOT_SERVING]);
  });

  it('does not know a service that is not offered', async () => {
    await assert.rejects(health.check({ service: 'other.Service' }), { code: 'NOT_FOUND' });
    assert.throws(() => running.server.health.setServing('other.Service', true), /not offered/);
  });

  it('lists all', async () => {
    const { statuses } = await health.list({});
    assert.deepEqual(statuses, {
      '': { status: Serving.NOT_SERVING },
      liveness: { status: Serving.SERVING },
      readiness: { status: Serving.NOT_SERVING },
      [OPS]: { status: Serving.NOT_SERVING },
    });
  });

  it('tells of each dependency, and of the whole without them', async () => {
    await running.stop();
    running = await startTestServer({}, { dependencies: ['dependency.postgres'] });
    health.close();
    health = createClient(HealthService, running.address);
    running.server.health.setServing('', true);
    running.server.health.setServing('dependency.postgres', false);
    const { statuses } = await health.list({});
    assert.deepEqual(statuses, {
      '': { status: Serving.SERVING },
      liveness: { status: Serving.SERVING },
      readiness: { status: Serving.SERVING },
      [OPS]: { status: Serving.SERVING },
      'dependency.postgres': { status: Serving.NOT_SERVING },
    });
  });

  it('is ready once all has served, stays so while something is away, and no longer when it stops', async () => {
    const { health: own } = running.server;
    assert.equal(await statusOf('readiness'), Serving.NOT_SERVING);
    own.setServing('', true);
    own.setServing('', false);
    assert.equal(await statusOf('readiness'), Serving.SERVING);
    own.stop();
    assert.equal(await statusOf('readiness'), Serving.NOT_SERVING);
    assert.equal(await statusOf('liveness'), Serving.SERVING);
  });

  it('streams each change to those who watch, the last of them when the server stops', async () => {
    const seen: HealthCheckResponse['status'][] = [];
    const end = watch(OPS, (status) => {
      seen.push(status);
      if (seen.length === 1) running.server.health.setServing(OPS, true);
      if (seen.length === 2) void running.server.drain(1_000);
    });
    assert.equal(await end, 'SERVER_STOPPING');
    assert.deepEqual(seen, [Serving.NOT_SERVING, Serving.SERVING, Serving.NOT_SERVING]);
  });

  it('tells a watcher of an unknown service so, and goes on', async () => {
    const watching = health.watch({ service: 'other.Service' })[Symbol.asyncIterator]();
    const { value } = await watching.next();
    assert.equal(value?.status, Serving.SERVICE_UNKNOWN);
    const more = watching.next().then(() => 'more');
    assert.equal(await Promise.race([more, sleep(50, 'nothing more')]), 'nothing more');
    await running.server.drain(500);
    await assert.rejects(more, { reason: 'SERVER_STOPPING' });
  });

  it('answers who asks, or watches from elsewhere, however many of one network watch it and talk with reflection', async () => {
    await running.stop();
    health.close();
    const healthListen = { host: '127.0.0.1', port: await freePort() };
    running = await startTestServer({}, { healthListen });
    health = createClient(HealthService, running.address);
    const own = createClient(HealthService, `127.0.0.1:${healthListen.port}`);
    const reflection = new ServerReflectionClient(running.address, credentials.createInsecure());
    const elsewhere = await connectedFrom('127.0.0.2', running.address);
    try {
      const talks = Array.from({ length: PLACES }, () => {
        const talk = reflection.serverReflectionInfo().on('error', () => undefined);
        talk.write(ServerReflectionRequest.create({ listServices: '' }));
        return once(talk, 'data');
      });
      await Promise.all(talks);
      const watched = await Promise.all(Array.from({ length: SHARE }, () => firstOf(health)));
      assert.deepEqual(new Set(watched), new Set([Serving.SERVING]));
      await assert.rejects(firstOf(health), { code: 'RESOURCE_EXHAUSTED' });
      assert.ok(await beginsToWatch(elsewhere));
      assert.equal(await statusOf('liveness'), Serving.SERVING);
      assert.ok((await health.list({})).statuses);
      assert.equal((await own.check({ service: 'liveness' })).status, Serving.SERVING);
      assert.equal(await firstOf(own), Serving.SERVING);
    } finally {
      elsewhere.destroy();
      own.close();
      reflection.close();
    }
  });

  it('has as many watch it from one network as is set, and says what to do where that is too few', async () => {
    await running.stop();
    health.close();
    running = await startTestServer({}, { bounds: { maxHealthWatches: 2 } });
    health = createClient(HealthService, running.address);
    for (let n = 0; n < 2; n++) assert.equal(await firstOf(health), Serving.SERVING);
    await assert.rejects(firstOf(health), {
      code: 'RESOURCE_EXHAUSTED',
      message:
        /^2 streams of health .* network already: ask by Check, .* raise ORDERLOG_GRPC_HEALTH_WATCHES_MAX$/,
    });
  });

  it('gives a watcher who leaves his place to the next', async () => {
    const begin = () => health.watch({ service: 'liveness' })[Symbol.asyncIterator]();
    const watches = Array.from({ length: SHARE }, begin);
    for (const each of watches) await each.next();
    await assert.rejects(firstOf(health), { code: 'RESOURCE_EXHAUSTED' });
    await watches[0]?.return?.();
    while (!(await firstOf(health).catch(() => undefined))) await sleep(5);
    for (const each of watches) await each.return?.();
  });

  it('takes no more than a name, which it would keep for as long as its watcher stays', async () => {
    const service = 'x'.repeat(10_000);
    const refused = { code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' };
    await assert.rejects(health.check({ service }), refused);
    await assert.rejects(health.watch({ service })[Symbol.asyncIterator]().next(), refused);
  });

  /** What one who begins to watch is told; he stays. */
  async function firstOf(client: GrpcClient<typeof HealthService>): Promise<Serving | undefined> {
    const { value } = await client.watch({ service: 'liveness' })[Symbol.asyncIterator]().next();
    return value?.status;
  }

  /** The reason of its end. */
  async function watch(service: string, onStatus: (status: Serving) => void): Promise<string> {
    try {
      for await (const { status } of health.watch({ service })) onStatus(status);
    } catch (error) {
      return (error as { reason: string }).reason;
    }
    return 'ended';
  }
});

/** A connection from another address of this machine. */
async function connectedFrom(localAddress: string, address: string): Promise<ClientHttp2Session> {
  const [host, port] = address.split(':');
  const socket = connectTcp({ host, port: Number(port), localAddress });
  await once(socket, 'connect');
  const connection = connect(`http://${address}`, { createConnection: () => socket });
  await once(connection, 'remoteSettings');
  return connection;
}

/** Whether it gets a first answer and no status; it stays. */
async function beginsToWatch(connection: ClientHttp2Session): Promise<boolean> {
  const headers = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const watch = connection.request({ ...headers, ':path': HealthService.watch.path });
  watch.on('error', () => undefined).end(Buffer.alloc(5));
  const [answer] = await once(watch, 'response');
  return answer['grpc-status'] === undefined;
}

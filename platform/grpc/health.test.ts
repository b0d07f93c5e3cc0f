import assert from 'node:assert/strict';
import { once } from 'node:events';
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
/** Of each: those who watch, those who talk with reflection. */
const PLACES = 200;

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

  it('answers who asks, however many watch it and talk with reflection, at both of its addresses', async () => {
    await running.stop();
    health.close();
    const healthListen = { host: '127.0.0.1', port: await freePort() };
    running = await startTestServer({}, { healthListen });
    health = createClient(HealthService, running.address);
    const own = createClient(HealthService, `127.0.0.1:${healthListen.port}`);
    const reflection = new ServerReflectionClient(running.address, credentials.createInsecure());
    try {
      const talks = Array.from({ length: PLACES }, () => {
        const talk = reflection.serverReflectionInfo().on('error', () => undefined);
        talk.write(ServerReflectionRequest.create({ listServices: '' }));
        return once(talk, 'data');
      });
      await Promise.all(talks);
      const watched = await Promise.all(Array.from({ length: PLACES }, () => firstOf(health)));
      assert.deepEqual(new Set(watched), new Set([Serving.SERVING]));
      await assert.rejects(firstOf(health), { code: 'RESOURCE_EXHAUSTED' });
      assert.equal(await statusOf('liveness'), Serving.SERVING);
      assert.ok((await health.list({})).statuses);
      assert.equal((await own.check({ service: 'liveness' })).status, Serving.SERVING);
      assert.equal(await firstOf(own), Serving.SERVING);
    } finally {
      own.close();
      reflection.close();
    }
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

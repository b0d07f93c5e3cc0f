import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { createClient } from './client.ts';
import { holdingCalls, startTestServer } from './server.testing.ts';

const OFTEN_MS = 10;
const MANY_PINGS_MS = 200;

describe('keepalive', () => {
  const after: (() => unknown)[] = [];
  afterEach(async () => {
    for (const each of after.splice(0).reverse()) await each();
  });

  async function startServer(keepaliveMs?: number) {
    const { handlers, hasBegun, letGo } = holdingCalls();
    const started = await startTestServer(handlers, keepaliveMs ? { keepaliveMs } : {});
    after.push(() => started.stop());
    return { ...started, hasBegun, letGo };
  }

  function clientOf(address: string, keepaliveMs?: number) {
    const client = createClient(OpsServiceService, address, keepaliveMs ? { keepaliveMs } : {});
    after.push(() => client.close());
    return client;
  }

  it('asks clients whether they are still there', async () => {
    const { address } = await startServer(OFTEN_MS);
    const client = connect(`http://${address}`);
    after.push(() => client.close());
    await once(client, 'ping');
  });

  it('asks servers whether they are still there, while there is a call', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = clientOf(`127.0.0.1:${(server.address() as AddressInfo).port}`, OFTEN_MS);
    const calling = client.getConsumerStatus({}).catch(() => undefined);
    const [session] = (await once(server, 'session')) as [Http2Session];
    after.push(async () => {
      session.destroy();
      server.close();
      await calling;
    });
    await once(session, 'ping');
  });

  for (const [who, ofServer, ofClient] of [
    ['servers', OFTEN_MS, undefined],
    ['clients', undefined, OFTEN_MS],
  ] as const) {
    it(`loses no call of a connection that is being closed where ${who} ask`, async () => {
      const { server, address, hasBegun, letGo } = await startServer(ofServer);
      const calling = clientOf(address, ofClient).getConsumerStatus({});
      await hasBegun(1);
      const drained = server.drain(60_000);
      await sleep(MANY_PINGS_MS);
      letGo();
      assert.deepEqual(await calling, { ranges: [] });
      await drained;
    });
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { createClient } from './client.ts';
import { type OpsHandlers, startTestServer, type TestServer } from './server.testing.ts';

const CALLERS = 50;

describe('a gRPC server that stops while another replica goes on', () => {
  const running: TestServer[] = [];
  const start = async (handlers: OpsHandlers) => {
    const started = await startTestServer(handlers);
    running.push(started);
    return started;
  };
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  it('loses no call', async () => {
    const handlers: OpsHandlers = {
      async getConsumerStatus() {
        await sleep(Math.random() * 20);
        return { ranges: [] };
      },
    };
    // Two of them stop while clients call, so that one lucky end proves nothing.
    const [first, second, last] = [await start(handlers), await start(handlers), await start(handlers)];
    const addresses = [first, second, last].map(({ address }) => address).join(',');
    const client = createClient(OpsServiceService, `ipv4:${addresses}`);
    const failures: unknown[] = [];
    let isOver = false;
    const caller = async () => {
      while (!isOver) await client.getConsumerStatus({}).catch((error: unknown) => failures.push(error));
    };
    const callers = Array.from({ length: CALLERS }, caller);
    await sleep(200);
    await first.server.drain(5_000);
    await sleep(200);
    await second.server.drain(5_000);
    await sleep(200);
    isOver = true;
    await Promise.all(callers);
    client.close();
    assert.deepEqual(failures, []);
  });

  it('tells who is connected that whatever he has sent is still served', async () => {
    const { server, address } = await start({});
    const client = connect(`http://${address}`);
    await once(client, 'remoteSettings');
    const told = once(client, 'goaway');
    await server.drain(5_000);
    const [code, lastStream] = await told;
    assert.deepEqual([code, lastStream], [constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1]);
    client.destroy();
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { createClient } from './client.ts';
import { holdingCalls, type OpsHandlers, startTestServer, type TestServer } from './server.testing.ts';
import type { GrpcServerOptions } from './server.ts';

const CALLERS = 50;
/** Far longer than a test may take. */
const LONG_MS = 600_000;
/** Less than a client that stays is waited for. */
const SOON_MS = 2_000;
const PATH = OpsServiceService.getConsumerStatus.path;

describe('a gRPC server that sends its clients away', () => {
  const running: TestServer[] = [];
  const start = async (handlers: OpsHandlers, options?: Partial<GrpcServerOptions>) => {
    const started = await startTestServer(handlers, options);
    running.push(started);
    return started;
  };
  const handlers: OpsHandlers = {
    async getConsumerStatus() {
      await sleep(Math.random() * 20);
      return { ranges: [] };
    },
  };
  const startHolding = async () => {
    const { handlers: holding, hasBegun, letGo } = holdingCalls();
    return { server: await start(holding), hasBegun, letGo };
  };
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  /** The failures of those who call all the time while something is done. */
  async function failuresWhile(addresses: readonly string[], work: () => Promise<unknown>) {
    const client = createClient(OpsServiceService, `ipv4:${addresses.join(',')}`);
    const failures: unknown[] = [];
    let isOver = false;
    const caller = async () => {
      while (!isOver) await client.getConsumerStatus({}).catch((error: unknown) => failures.push(error));
    };
    const callers = Array.from({ length: CALLERS }, caller);
    await work();
    isOver = true;
    await Promise.all(callers);
    client.close();
    return failures;
  }

  it('loses no call when it stops while another replica goes on', async () => {
    // Two of them stop while clients call, so that one lucky end proves nothing.
    const [first, second, last] = [await start(handlers), await start(handlers), await start(handlers)];
    const addresses = [first, second, last].map(({ address }) => address);
    const failures = await failuresWhile(addresses, async () => {
      for (const { server } of [first, second]) {
        await sleep(200);
        await server.drain(LONG_MS);
      }
      await sleep(200);
    });
    assert.deepEqual(failures, []);
  });

  it('loses no call when connections become too old', async () => {
    const server = await start(handlers, { connectionAgeMs: 50 });
    const told = once(await connected(server), 'close');
    assert.deepEqual(await failuresWhile([server.address], () => Promise.all([told, sleep(500)])), []);
  });

  const connected = async ({ address }: TestServer): Promise<ClientHttp2Session> => {
    const client = connect(`http://${address}`);
    await once(client, 'remoteSettings');
    return client;
  };
  const call = (client: ClientHttp2Session): ClientHttp2Stream => {
    const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = client.request(headers);
    stream.end(Buffer.alloc(5));
    return stream;
  };
  const ended = async (stream: ClientHttp2Stream): Promise<number> => {
    stream.on('error', () => undefined).resume();
    await new Promise((resolve) => stream.once('close', resolve));
    return stream.rstCode;
  };

  for (const [what, before] of [
    ['that has no other', 0],
    ['that waits for others', 3],
  ] as const) {
    it(`tells a client ${what} of a call on its way that it was not begun`, async () => {
      const { server, hasBegun, letGo } = await startHolding();
      const client = await connected(server);
      const served = Array.from({ length: before }, () => ended(call(client)));
      await hasBegun(before);
      const drained = server.server.drain(LONG_MS);
      // The server is about to send its GOAWAY; this goes out right behind it, before the client has read anything.
      await setImmediate();
      const late = call(client);
      assert.equal(await ended(late), constants.NGHTTP2_REFUSED_STREAM);
      letGo();
      const answeredMs = performance.now();
      assert.deepEqual(await Promise.all(served), Array(before).fill(constants.NGHTTP2_NO_ERROR));
      await drained;
      assert.ok(performance.now() - answeredMs < SOON_MS, 'it sees its clients go');
    });
  }

  it('waits for what an old connection has in progress without looking at it again and again', async () => {
    const { handlers: holding, hasBegun, letGo } = holdingCalls();
    const server = await start(holding, { connectionAgeMs: 300 });
    const { setInterval: real } = globalThis;
    const looks: unknown[] = [];
    globalThis.setInterval = ((look: () => void, everyMs: number) => {
      looks.push(everyMs);
      return real(look, everyMs);
    }) as typeof setInterval;
    try {
      const client = await connected(server);
      const [told, closed] = [once(client, 'goaway'), once(client, 'close')];
      const served = ended(call(client));
      await Promise.all([hasBegun(1), told]);
      letGo();
      assert.equal(await served, constants.NGHTTP2_NO_ERROR);
      await closed;
      assert.deepEqual(looks, []);
    } finally {
      globalThis.setInterval = real;
    }
  });

  it('closes the connection of a client that stays though it has nothing to wait for', async () => {
    const { server, address } = await start(handlers);
    const [host, port] = address.split(':');
    const client = connectTcp(Number(port), host).resume();
    const emptySettings = '\0\0\0\x04\0\0\0\0\0';
    client.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${emptySettings}`, 'latin1');
    await once(client, 'data');
    await Promise.all([server.drain(LONG_MS), once(client, 'close')]);
  });

  it('does not mind a connection that is reset meanwhile', async () => {
    const { server, hasBegun, letGo } = await startHolding();
    const client = await connected(server);
    const served = ended(call(client));
    await hasBegun(1);
    const drained = server.server.drain(LONG_MS);
    client.on('error', () => undefined);
    (client.socket as Socket).resetAndDestroy();
    await Promise.all([drained, served]);
    letGo();
  });
});

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { freePort } from '../../cli/servers/ports.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { createClient } from './client.ts';
import { type OpsHandlers, startTestServer, type TestServer } from './server.testing.ts';
import type { CallInfo } from './service.ts';

describe('a gRPC client', () => {
  const running: TestServer[] = [];
  const start = async (...args: Parameters<typeof startTestServer>) => {
    const started = await startTestServer(...args);
    running.push(started);
    return started;
  };
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  it('passes on the deadline, the trace and the cancellation of the call that it serves', async () => {
    const inner: CallInfo[] = [];
    const outer: CallInfo[] = [];
    const back = await start({
      async getRelayStatus(_request, call) {
        inner.push(call);
        return new Promise((_resolve, reject) =>
          call.signal.addEventListener('abort', () => reject(call.signal.reason)),
        );
      },
    });
    const front = await start({
      async getRelayStatus(_request, call) {
        outer.push(call);
        return back.client.getRelayStatus({}, { parent: call, timeoutMs: 60_000 });
      },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const gone = new AbortController();
    const asked = front.client.getRelayStatus({}, { timeoutMs: 30_000, signal: gone.signal, traceparent });
    while (inner.length < 1) await sleep(5);
    assert.deepEqual([outer[0]?.traceparent, inner[0]?.traceparent], [traceparent, traceparent]);
    const gap = (inner[0]?.deadline?.getTime() ?? 0) - (outer[0]?.deadline?.getTime() ?? 0);
    assert.ok(Math.abs(gap) < 15_000, `${gap} ms between the deadlines`);
    gone.abort();
    await assert.rejects(asked, { code: 'CANCELLED' });
    while (!inner[0]?.signal.aborted) await sleep(5);
  });

  it('says UNAVAILABLE, and when to repeat, where nobody listens', async () => {
    const client = createClient(OpsServiceService, '127.0.0.1:1');
    await assert.rejects(client.getRelayStatus({}), {
      ...{ code: 'UNAVAILABLE', reason: 'NOT_CONNECTED', retryAfterMs: 1_000 },
      message: 'nobody answers at 127.0.0.1:1',
    });
    client.close();
  });

  it('finds the server again after it was away', async () => {
    const handlers: OpsHandlers = { getConsumerStatus: async () => ({ ranges: [] }) };
    const listen = { host: '127.0.0.1', port: await freePort() };
    const first = await start(handlers, { listen });
    const client = createClient(OpsServiceService, first.address);
    await client.getConsumerStatus({});
    await first.stop();
    await assert.rejects(client.getConsumerStatus({}), { code: 'UNAVAILABLE' });
    await start(handlers, { listen });
    for (;;) {
      const answer = await client.getConsumerStatus({}).catch(() => undefined);
      if (answer) break;
      await sleep(20);
    }
    client.close();
  });
});

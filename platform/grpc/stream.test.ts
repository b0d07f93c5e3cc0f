import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, it } from 'mocha';
import { HealthService } from '../../proto/gen/grpc/health/v1/health.ts';
import { admitAnybody } from '../access/admit.ts';
import { OrderlogError } from '../errors.ts';
import { createLogger } from '../logging.ts';
import type { CallLife } from './call.ts';
import { createClient, type GrpcClient } from './client.ts';
import { createConnections } from './connections.ts';
import { createLimit } from './limit.ts';
import { createRefusals } from './refusals.ts';
import { register } from './register.ts';
import { type Implementation, offer } from './service.ts';

type Watch = NonNullable<Implementation<typeof HealthService>['watch']>;

/** Any server-streaming method will do: here Health's Watch, with a handler of the test's. */
describe('server streams', () => {
  let server: Server;
  let client: GrpcClient<typeof HealthService>;
  const openStreams = new Set<CallLife>();

  async function serve(watch: Watch, maxStreams = 10, maxWatchMs?: number): Promise<void> {
    server = new Server();
    const logger = createLogger({ service: 'test', level: 'silent' });
    const context = {
      logger,
      gate: () => undefined,
      admit: admitAnybody,
      limit: createLimit(maxStreams, 'streams'),
    };
    const calls = { ...context, refusals: createRefusals(), connections: createConnections() };
    register(server, offer(HealthService, { watch }), {
      calls,
      streams: { ...context, maxWatchMs },
      openStreams,
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    client = createClient(HealthService, `127.0.0.1:${port}`);
  }
  afterEach(() => {
    client.close();
    server.forceShutdown();
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await sleep(5);
  };

  it('deliver all messages in order, then end', async () => {
    await serve(async function* () {
      for (let status = 0; status < 3; status += 1) yield { status: status as 0 | 1 | 2 };
    });
    const seen: number[] = [];
    for await (const { status } of client.watch({ service: '' })) seen.push(status);
    assert.deepEqual(seen, [0, 1, 2]);
    assert.equal(openStreams.size, 0);
  });

  it('end with the error that the generator throws, after what it sent', async () => {
    await serve(async function* () {
      yield { status: 1 };
      throw new OrderlogError('NOT_FOUND', 'GONE', 'it is gone');
    });
    const seen: number[] = [];
    const reading = async () => {
      for await (const { status } of client.watch({ service: '' })) seen.push(status);
    };
    await assert.rejects(reading, { code: 'NOT_FOUND', reason: 'GONE' });
    assert.deepEqual(seen, [1]);
  });

  it('run no further ahead than a client reads', async () => {
    let sent = 0;
    await serve(async function* () {
      for (; sent < 1_000_000; sent += 1) yield { status: 1 };
    });
    const reading = client.watch({ service: '' })[Symbol.asyncIterator]();
    await reading.next();
    // The generator comes to a stand once all buffers on the way are full.
    let ahead = 0;
    while (ahead !== sent) {
      ahead = sent;
      await sleep(300);
    }
    assert.ok(ahead < 200_000, `${ahead} messages ahead`);
    await reading.return?.();
  });

  it('are given up when the client leaves, even by a generator that heeds no signal', async () => {
    let isClosed = false;
    await serve(async function* (_request, { signal }) {
      try {
        yield { status: 1 };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        isClosed = true;
      }
    });
    for await (const _ of client.watch({ service: '' })) break;
    await until(() => isClosed && openStreams.size === 0);
  });

  it('end at their deadline', async () => {
    await serve(async function* () {
      yield { status: 1 };
      await new Promise(() => undefined);
    });
    const reading = async () => {
      for await (const _ of client.watch({ service: '' }, { timeoutMs: 100 }));
    };
    await assert.rejects(reading, { code: 'DEADLINE_EXCEEDED' });
    await until(() => openStreams.size === 0);
  });

  it('end when they have lasted as long as one may, and may be begun anew', async () => {
    const watch: Watch = async function* () {
      yield { status: 1 };
      await new Promise(() => undefined);
    };
    await serve(watch, 10, 100);
    for (let n = 0; n < 2; n++) {
      const seen: number[] = [];
      const reading = async () => {
        for await (const { status } of client.watch({ service: '' })) seen.push(status);
      };
      await assert.rejects(reading, { code: 'UNAVAILABLE', reason: 'STREAM_TOO_OLD' });
      assert.deepEqual(seen, [1]);
    }
    await until(() => openStreams.size === 0);
  });

  it('are bounded in number, and a stream that ended makes room', async () => {
    await serve(async function* (_request, { signal }) {
      yield { status: 1 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }, 1);
    const first = client.watch({ service: '' })[Symbol.asyncIterator]();
    await first.next();
    const second = client.watch({ service: '' })[Symbol.asyncIterator]();
    await assert.rejects(second.next(), { code: 'RESOURCE_EXHAUSTED' });
    await first.return?.();
    await until(() => openStreams.size === 0);
    const third = client.watch({ service: '' })[Symbol.asyncIterator]();
    assert.equal((await third.next()).value?.status, 1);
    await third.return?.();
  });
});

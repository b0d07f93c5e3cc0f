import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { lifeOf, type ServerSentEvent, sendEvents } from './sse.ts';

const STALLED_MS = 200;
const HANGS_MS = 5_000;
/** More than the buffers of two sockets hold. */
const MUCH = 'x'.repeat(32 * 1024 * 1024);

describe('server-sent events', () => {
  let app: FastifyInstance;
  let client: Socket;
  afterEach(async () => {
    client.destroy();
    await app.close();
  });

  /** What becomes of a connection whose client asks for the events and reads nothing. */
  async function endOf(events: AsyncIterable<ServerSentEvent>): Promise<string> {
    const closed = Promise.withResolvers<string>();
    app = fastify();
    app.get('/', (_request, reply) => {
      reply.raw.once('close', () => closed.resolve('cut off'));
      const signal = lifeOf(reply, { expiresAt: undefined });
      return sendEvents(reply, events, { logger: pino({ level: 'silent' }), signal, stalledMs: STALLED_MS });
    });
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    client = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return Promise.race([closed.promise, sleep(HANGS_MS, 'it stays')]);
  }

  it('are cut off from a client that takes nothing', async () => {
    const endless = async function* () {
      for (;;) yield { event: 'more', data: MUCH };
    };
    assert.equal(await endOf(endless()), 'cut off');
  });

  it('are cut off from a client that does not take the last of them', async () => {
    const last = async function* () {
      yield { event: 'last', data: MUCH };
    };
    assert.equal(await endOf(last()), 'cut off');
  });
});

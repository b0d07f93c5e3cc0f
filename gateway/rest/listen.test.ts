import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { describe, it } from 'mocha';
import { closeHttp, listenHttp } from './listen.ts';

const CLIENTS = 20;

/** As a client that keeps its connection; the status, and whether the answer was the last of that connection. */
const ask = (port: number, agent: Agent): Promise<{ status: number | undefined; isLast: boolean }> =>
  new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume();
      const isLast = response.headers.connection === 'close';
      response.once('end', () => resolve({ status: response.statusCode, isLast }));
    });
    asking.once('error', reject);
    asking.end();
  });

describe('an HTTP server that stops while clients keep their connections', () => {
  it('answers each once more and says that it was the last time, instead of hanging up on it', async () => {
    const app = fastify({ forceCloseConnections: 'idle' });
    app.get('/', async () => {
      await sleep(Math.random() * 20);
      return 'ok';
    });
    const port = await listenHttp(app, { host: '127.0.0.1', port: 0 }, 'ORDERLOG_TEST_LISTEN');
    const statuses: (number | undefined)[] = [];
    const answered = new Set<Agent>();
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let isLast = false; !isLast; ) {
        const answer = await ask(port, agent);
        statuses.push(answer.status);
        answered.add(agent);
        isLast = answer.isLast;
      }
      agent.destroy();
    };
    const clients = Array.from({ length: CLIENTS }, client);
    while (answered.size < CLIENTS) await sleep(1);
    await Promise.all([closeHttp(app, 10_000), ...clients]);
    assert.deepEqual([...new Set(statuses)], [200]);
  });

  it('ends streams before it waits for what was begun, and hangs up on who only listens', async () => {
    const app = fastify({ forceCloseConnections: 'idle' });
    app.get('/', async () => 'ok');
    const port = await listenHttp(app, { host: '127.0.0.1', port: 0 }, 'ORDERLOG_TEST_LISTEN');
    const agent = new Agent({ keepAlive: true });
    await ask(port, agent);
    let ended = false;
    await closeHttp(app, 1_000, async () => {
      ended = true;
    });
    assert.ok(ended);
    agent.destroy();
  });
});

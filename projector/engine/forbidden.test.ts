import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { settle } from './bulk.ts';
import { openCheckpoint } from './checkpoint.ts';
import { TargetHeld } from './target.ts';

const forbidden = { type: 'security_exception', reason: 'action is unauthorized for user [projector]' };
/** As a whole request is refused. */
const refused = { status: 403, error: { ...forbidden, root_cause: [forbidden] } };
const blocked = { type: 'cluster_block_exception', reason: 'blocked by: [FORBIDDEN/8/index write (api)];' };

type Answer = readonly [status: number, body: object];

describe('a user of Elasticsearch that may not write', () => {
  let server: Server;
  let es: Elasticsearch;
  /** To whatever is written; nothing is there to be read. */
  let answer: Answer;

  before(async () => {
    server = createServer((request, response) => {
      const [status, body]: Answer = request.method === 'GET' ? [404, { found: false }] : answer;
      request.resume();
      request.on('end', () => {
        response.writeHead(status, {
          'x-elastic-product': 'Elasticsearch',
          'content-type': 'application/json',
        });
        response.end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    es = openElasticsearch({ url: `http://127.0.0.1:${port}`, requestTimeoutMs: 5_000 });
  });
  after(async () => {
    await es.close();
    server.close();
    server.closeAllConnections();
  });

  const write = () => {
    const signal = AbortSignal.timeout(1_500);
    const target = { es, alias: 'orders', logger: pino({ level: 'silent' }), signal };
    return settle(target, [{ id: '1', version: 1, body: '{}' }]);
  };
  const move = async () => {
    const about = { alias: 'orders', stream: 'ORDERS', writer: 'me', shape: 'one' };
    const checkpoint = await openCheckpoint(es, about, async () => 1);
    await checkpoint.move({ sequence: 1, lastEventId: 'one', streamEpoch: 1 });
  };
  const isTold = (error: unknown) =>
    error instanceof OrderlogError &&
    error.reason === 'WRITE_FORBIDDEN' &&
    error.message.includes('unauthorized');

  it('is told so, instead of waiting for ever', async () => {
    const item = { _index: 'orders-v1', _id: '1', status: 403, error: forbidden };
    answer = [200, { errors: true, took: 1, items: [{ index: item }] }];
    await assert.rejects(write(), isTold);
    answer = [403, refused];
    await assert.rejects(write(), isTold);
    await assert.rejects(move(), isTold);
  });

  it('is not mistaken for an index that somebody holds', async () => {
    answer = [403, { status: 403, error: blocked }];
    await assert.rejects(move(), TargetHeld);
  });
});

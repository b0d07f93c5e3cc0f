import assert from 'node:assert/strict';
import { after, describe, it } from 'mocha';
import { openOrderReadModel } from '../../gateway/queries/orderReadModel.ts';
import { orderSearch } from '../../gateway/queries/orderSearch.ts';
import { cluster } from '../../gateway/readiness.ts';
import { openElasticsearch, statusOf } from '../../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import { cancelSwitch, setWriteBlock } from '../../projector/engine/abandonedSwitch.ts';
import { completedOrder, orderOf } from '../../projector/engine/ordersLog.testing.ts';
import { readLock, writeLock } from '../../projector/engine/rebuildLock.ts';
import { projectorBed } from '../../projector/engine/testbed.testing.ts';
import { aliasesOf, findIndex, switchMark } from '../../projector/engine/writtenIndex.ts';
import { SearchOrdersRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { startElasticsearch } from './elasticsearch.ts';
import { elasticsearchUsers } from './elasticsearchUsers.ts';
import { freePorts } from './ports.ts';
import { ownFolder, testNats } from './testing.ts';
import type { RunningServer } from './types.ts';
import { urlAs } from './urlAs.ts';

const passwords = Object.fromEntries(elasticsearchUsers.map(({ name }) => [name, `secret-of-${name}`]));
const options = { timeoutMs: 60_000 };

describe('the users of Elasticsearch', function () {
  this.timeout(600_000);
  let server: RunningServer | undefined;
  const bed = projectorBed({ testElasticsearch: secured, testNats });
  after(() => server?.stop(10_000));

  async function secured(): Promise<RunningServer> {
    const dataDir = ownFolder('elasticsearch-users');
    const port = await freePorts(2);
    const { ORDERLOG_ELASTICSEARCH_URL: _, ...env } = process.env;
    const local = { dataDir, port, transportPort: port + 1, logFile: `${dataDir}.log`, env };
    server = await startElasticsearch({ ...local, passwords });
    return server;
  }

  const urlOf = (user: string) => urlAs(bed.elasticsearchUrl, user, passwords);
  async function as<T>(user: string, work: (es: ReturnType<typeof openElasticsearch>) => Promise<T>) {
    const es = openElasticsearch({ url: urlOf(user), requestTimeoutMs: options.timeoutMs });
    try {
      return await work(es);
    } finally {
      await es.close();
    }
  }
  /** An order that the projector, as its user, has made a document of, in an index that it has made. */
  async function projected(): Promise<string> {
    const order = completedOrder();
    bed.start({ url: urlOf('projector') });
    await bed.model.reached(await bed.log.publish(...order));
    return orderOf(order);
  }
  async function statusOfCall(user: string, method: string, path: string, body?: object): Promise<number> {
    const { origin } = new URL(bed.elasticsearchUrl);
    const basic = Buffer.from(`${user}:${passwords[user] ?? 'guessed'}`).toString('base64');
    const response = await fetch(`${origin}/${path}`, {
      method,
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  it('may do what their components do', async () => {
    const orderId = await projected();
    const { alias } = bed.model.index;
    await as('gateway', async (es) => {
      assert.equal((await cluster(es)).ready, true);
      const model = openOrderReadModel(es, alias);
      assert.equal((await model.read(orderId, options))?.version, 4);
      await model.refresh(options);
      const search = orderSearch(SearchOrdersRequest.fromPartial({}), undefined);
      const page = await model.search({ search, size: 10, after: undefined, seek: orderId }, options);
      assert.deepEqual([page.orders.length, page.soughtVersion], [1, 4]);
      assert.equal(await model.progress(options), 4);
      assert.equal(await openOrderReadModel(es, `${alias}-none`).read(orderId, options), undefined);
    });
    await as('operator', (es) =>
      writeLock(es, alias, { owner: 'me', expiresAt: new Date().toISOString() }, undefined),
    );
    await as('projector', async (es) => {
      assert.equal((await readLock(es, alias))?.lock.owner, 'me');
      const index = (await findIndex(es, alias))?.index ?? '';
      await as('operator', async (operator) => {
        for (const run of ['1', '2']) {
          await operator.indices.putAlias({ index, name: switchMark(alias, run) });
        }
        await setWriteBlock(operator, index, true);
      });
      assert.equal(await cancelSwitch(es, alias, index), true);
      const left = await findIndex(es, alias);
      assert.equal(left?.isWriteBlocked, false);
      assert.deepEqual(
        left?.aliases.filter((name) => name.startsWith(aliasesOf(alias).switching)),
        [],
      );
      // Where there is no mark at all.
      assert.equal(await cancelSwitch(es, alias, index), true);
      // Where it may not, it finds what it had parked later than it could, and says nothing (showParked).
      await es.indices.refresh({ index: alias });
    });
  });

  it('may do nothing else', async () => {
    const orderId = await projected();
    const { alias } = bed.model.index;
    const document = `${alias}/_doc/${orderId}`;
    const forbidden: readonly (readonly [users: string, method: string, path: string, body?: object])[] = [
      ['gateway', 'PUT', document, { kind: 'document' }],
      ['gateway projector', 'DELETE', document],
      ['gateway', 'POST', `${alias}/_update/${orderId}`, { doc: { version: 9 } }],
      ['gateway projector', 'DELETE', `${alias}-v1`],
      ['gateway', 'PUT', `${alias}-other`],
      ['gateway', 'PUT', `${alias}/_settings`, { 'index.blocks.write': true }],
      ['gateway', 'GET', 'orderlog-rebuilds/_search'],
      ['projector', 'PUT', 'orderlog-rebuilds/_doc/orders', { owner: 'me' }],
      ['gateway projector', 'PUT', 'foreign'],
      ['gateway projector', 'GET', 'foreign/_search'],
      ['gateway projector', 'PUT', '_cluster/settings', { persistent: { 'cluster.max_shards_per_node': 9 } }],
      ['gateway projector', 'GET', '_nodes/stats'],
      ['gateway projector operator', 'GET', '_security/user'],
      ['gateway projector operator', 'PUT', '_snapshot/mine', { type: 'fs', settings: { location: '/tmp' } }],
      ['operator', 'PUT', 'foreign'],
    ];
    for (const [users, method, path, body] of forbidden) {
      for (const user of users.split(' ')) {
        assert.equal(await statusOfCall(user, method, path, body), 403, `${user}: ${method} ${path}`);
      }
    }
    assert.equal(await statusOfCall('nobody', 'GET', document), 401);
    await as('projector', async (es) => assert.ok(await readCheckpoint(es, alias, options)));
    await assert.rejects(
      as('gateway', (es) => es.indices.get({ index: alias })),
      (error) => statusOf(error) === 403,
    );
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { testElasticsearch } from '../../cli/servers/testing.ts';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { ReadModelMissing } from '../../platform/elasticsearch/readModel.ts';
import { settle, type Write } from './bulk.ts';

/** More than one request takes. */
const MANY = 1_201;

describe('bulk writes', function () {
  this.timeout(60_000);
  let es: Elasticsearch;
  const alias = `bulk-${randomUUID()}`;
  const to = (name: string) => ({
    es,
    alias: name,
    logger: pino({ level: 'silent' }),
    signal: AbortSignal.timeout(60_000),
  });
  const writes = (body: (n: number) => object): Write[] =>
    Array.from({ length: MANY }, (_, n) => ({ id: `${n}`, version: 1, body: JSON.stringify(body(n)) }));

  before(async function () {
    this.timeout(120_000);
    es = openElasticsearch({ url: (await testElasticsearch()).url, requestTimeoutMs: 60_000 });
    const mappings = { dynamic: 'strict', properties: { n: { type: 'integer' } } } as const;
    await es.indices.create({ index: `${alias}-v1`, aliases: { [alias]: {} }, mappings });
  });
  after(async () => {
    await es.indices.delete({ index: `${alias}-v1` });
    await es.close();
  });

  it('are all done when they are settled, but for those that Elasticsearch will never take', async () => {
    const isOdd = (n: number) => n % 600 === 599;
    const refused = await settle(
      to(alias),
      writes((n) => (isOdd(n) ? { unknown: n } : { n })),
    );
    assert.deepEqual(refused.map(({ id }) => id).sort(), ['1199', '599']);
    assert.match(refused[0]?.reason ?? '', /strict_dynamic_mapping_exception/);
    await es.indices.refresh({ index: alias });
    assert.equal((await es.count({ index: alias })).count, MANY - refused.length);
  });

  it('say that the index is not there', async () => {
    await assert.rejects(
      settle(
        to('not-there'),
        writes((n) => ({ n })),
      ),
      ReadModelMissing,
    );
  });
});

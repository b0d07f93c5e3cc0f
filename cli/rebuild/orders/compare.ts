/**
 * Two indices of one projection, document by document, while both go on being written: page by page through one as it was at
 * a moment, each page against the other as it is now. Documents that moved on meanwhile are read again, from both, until
 * they are at one version.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Elasticsearch } from '../../../platform/elasticsearch/client.ts';
import { type Comparison, createTally } from '../comparison.ts';
import type { CompareOptions } from '../store.ts';
import { type ComparedIndex, createPairing } from './pairing.ts';

const PAGE = 500;
const KEEP_ALIVE = '5m';
const TIMEOUT_MS = 10_000;

export async function compareIndices(
  es: Elasticsearch,
  before: ComparedIndex,
  after: ComparedIndex,
  options: CompareOptions,
): Promise<Comparison> {
  const { since, signal, onProgress } = options;
  const tally = createTally();
  const pairing = createPairing(es, [before, after], tally, options);
  const query = changedSince(since);
  await es.indices.refresh({ index: [before.index, after.index] });
  const [total, newTotal] = await Promise.all([before, after].map(({ index }) => countOf(es, index, query)));
  let done = 0;
  const advance = (count: number) => {
    done += count;
    onProgress(done, (total ?? 0) + (newTotal ?? 0));
  };
  for await (const ids of idsOf(es, before.index, query, signal)) {
    await pairing.compare(ids);
    advance(ids.length);
  }
  for await (const ids of idsOf(es, after.index, query, signal)) {
    await pairing.findExtra(ids);
    advance(ids.length);
  }
  await pairing.finish();
  const notCompared = [...before.fields, ...after.fields].filter(
    (field) => !(before.fields.has(field) && after.fields.has(field)),
  );
  return tally.result({ before: total ?? 0, after: newTotal ?? 0, notCompared });
}

const changedSince = (since: number): estypes.QueryDslQueryContainer => ({
  bool: {
    filter: [{ term: { kind: 'document' } }, ...(since > 0 ? [{ range: { sequence: { gt: since } } }] : [])],
  },
});

const countOf = async (es: Elasticsearch, index: string, query: estypes.QueryDslQueryContainer) =>
  (await es.count({ index, query })).count;

/** The ids of all documents as of now, in pages. */
async function* idsOf(
  es: Elasticsearch,
  index: string,
  query: estypes.QueryDslQueryContainer,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { id } = await es.openPointInTime({ index, keep_alive: KEEP_ALIVE });
  try {
    for (let after: estypes.SortResults | undefined; ; ) {
      signal.throwIfAborted();
      const { hits } = await es.search(
        {
          pit: { id, keep_alive: KEEP_ALIVE },
          query,
          size: PAGE,
          sort: ['_shard_doc'],
          _source: false,
          track_total_hits: false,
          timeout: `${TIMEOUT_MS}ms`,
          ...(after && { search_after: after }),
        },
        { requestTimeout: TIMEOUT_MS },
      );
      if (hits.hits.length > 0) yield hits.hits.flatMap(({ _id }) => _id ?? []);
      if (hits.hits.length < PAGE) return;
      after = hits.hits.at(-1)?.sort;
    }
  } finally {
    await es.closePointInTime({ id }).catch(() => undefined);
  }
}

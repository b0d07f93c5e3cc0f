/** Readers go from one index to another. */
import type { estypes } from '@elastic/elasticsearch';
import type { Elasticsearch } from '../../../platform/elasticsearch/client.ts';
import { CHECKPOINT_ID } from '../../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import type { ModelCheckpoint } from '../../../platform/modelCheckpoint.ts';
import { aliasesOf, findIndex } from '../../../projector/engine/writtenIndex.ts';

/**
 * The last sequence whose event is in a document, of an index that is not written any more. It may lie behind the
 * checkpoint: documents are written first.
 */
export async function lastSequenceIn(es: Elasticsearch, index: string): Promise<number> {
  await es.indices.refresh({ index });
  const { aggregations } = await es.search<unknown, { last: estypes.AggregationsMaxAggregate }>({
    index,
    size: 0,
    query: { term: { kind: 'document' } },
    aggregations: { last: { max: { field: 'sequence' } } },
  });
  const { docs } = await es.mget<{ checkpoint: ModelCheckpoint }>({ index, ids: [CHECKPOINT_ID] });
  const [checkpoint] = docs.flatMap((item) => ('_source' in item ? (item._source?.checkpoint ?? []) : []));
  return Math.max(aggregations?.last.value ?? 0, checkpoint?.sequence ?? 0);
}

/**
 * One step for all who read. It fails as a whole where the mark is gone by which `live` is held: then a projector has taken
 * that for abandoned, and writes to it again.
 */
export async function swapIndices(
  es: Elasticsearch,
  alias: string,
  live: string,
  next: string,
): Promise<void> {
  const aliases = aliasesOf(alias);
  const [held, old, standings] = [
    await findIndex(es, aliases.live),
    await findIndex(es, aliases.previous),
    (await findIndex(es, next))?.aliases ?? [],
  ];
  if (held?.index !== live || !held.isWriteBlocked) throw notHeld(live);
  await es.indices.refresh({ index: next });
  const leaving = [aliases.next, aliases.previous].filter((standing) => standings.includes(standing));
  const actions: estypes.IndicesUpdateAliasesAction[] = [
    { remove: { index: next, alias: aliases.switching, must_exist: true } },
    { remove: { index: live, alias: aliases.live, must_exist: true } },
    { add: { index: next, alias: aliases.live } },
    ...leaving.map((standing) => ({ remove: { index: next, alias: standing } })),
    { add: { index: live, alias: aliases.previous } },
    ...(old && old.index !== next ? [{ remove_index: { index: old.index } }] : []),
  ];
  await es.indices.updateAliases({ actions });
}

const notHeld = (live: string) =>
  new OrderlogError(
    'ABORTED',
    'NOT_HELD',
    `${live} is written again, since this rebuild was taken for dead: run it again, and it goes on from where it is`,
  );

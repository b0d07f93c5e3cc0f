/** Readers go from one index to another. */
import type { estypes } from '@elastic/elasticsearch';
import type { Elasticsearch } from '../../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { aliasesOf, findIndex } from '../../../projector/engine/writtenIndex.ts';

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
  const [held, old, coming] = await Promise.all([
    findIndex(es, aliases.live),
    findIndex(es, aliases.previous),
    findIndex(es, next),
    // What was written last can be searched as well.
    es.indices.refresh({ index: next }),
  ]);
  if (held?.index !== live || !held.isWriteBlocked) throw notHeld(live);
  const standings = coming?.aliases ?? [];
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

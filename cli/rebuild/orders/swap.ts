/** Readers go from one index to another. */
import type { estypes } from '@elastic/elasticsearch';
import { type Elasticsearch, statusOf } from '../../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { aliasesOf, findIndex, switchMark } from '../../../projector/engine/writtenIndex.ts';

/**
 * One step for all who read. It fails as a whole where this run's mark is gone, by which `live` is held: then a projector, or a
 * run that has taken over, has taken that for abandoned.
 */
export async function swapIndices(
  es: Elasticsearch,
  alias: string,
  { live, next, run }: { readonly live: string; readonly next: string; readonly run: string },
): Promise<void> {
  const [aliases, mark] = [aliasesOf(alias), switchMark(alias, run)];
  const [held, old, coming] = await Promise.all([
    findIndex(es, aliases.live),
    findIndex(es, aliases.previous),
    findIndex(es, next),
    // What was written last can be searched as well.
    es.indices.refresh({ index: next }),
  ]);
  const standings = coming?.aliases ?? [];
  if (held?.index !== live || !held.isWriteBlocked || !standings.includes(mark)) throw notHeld(live);
  const isLeft = (name: string) =>
    name === aliases.next || name === aliases.previous || name.startsWith(aliases.switching);
  const leave = (index: string, name: string) => ({ remove: { index, alias: name, must_exist: true } });
  const actions: estypes.IndicesUpdateAliasesAction[] = [
    // The run's own mark is one of these.
    ...standings.filter(isLeft).map((name) => leave(next, name)),
    leave(live, aliases.live),
    { add: { index: next, alias: aliases.live } },
    { add: { index: live, alias: aliases.previous } },
    ...(old && old.index !== next ? [{ remove_index: { index: old.index } }] : []),
  ];
  try {
    await es.indices.updateAliases({ actions });
  } catch (error) {
    throw statusOf(error) === 404 ? notHeld(live) : error;
  }
}

const notHeld = (live: string) =>
  new OrderlogError(
    'ABORTED',
    'NOT_HELD',
    `${live} is written again, since this rebuild was taken for dead: run it again, and it goes on from where it is`,
  );

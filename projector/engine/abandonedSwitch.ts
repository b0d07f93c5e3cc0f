/**
 * A rebuild blocks writes to the live index while the next one takes its place (cli/rebuild/switchOver.ts). Where it was
 * killed just then, the projector ends that and goes on: first the next index loses the mark without which it cannot take
 * the place any more, then the block goes. A mark is of one run: that of whoever takes over does not serve the run before.
 */
import type { Logger } from 'pino';
import { type Elasticsearch, statusOf } from '../../platform/elasticsearch/client.ts';
import { isAbandoned, readLock } from './rebuildLock.ts';
import { aliasesOf, type FoundIndex, findIndex } from './writtenIndex.ts';

/** Does nothing unless a rebuild that is not alive any more has blocked this index. Throws what the client throws. */
export async function endAbandonedSwitch(
  es: Elasticsearch,
  alias: string,
  { index, isWriteBlocked }: FoundIndex,
  logger: Logger,
): Promise<void> {
  if (!isWriteBlocked) return;
  const lock = (await readLock(es, alias))?.lock;
  if (!isAbandoned(lock, index)) return;
  const isStill = async () => isAbandoned((await readLock(es, alias))?.lock, index);
  logger.warn(
    { index, owner: lock?.owner },
    'a rebuild ended while it was switching: the index stays the live one',
  );
  await cancelSwitch(es, alias, index, isStill);
}

/**
 * The live index stays the live one and is written again, unless the other has taken its place already. Returns whether it
 * stays. `mayUnblock` is asked last: somebody else's block is left to him.
 */
export async function cancelSwitch(
  es: Elasticsearch,
  alias: string,
  live: string,
  mayUnblock: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  await removeMarks(es, alias);
  // Whoever still meant to switch cannot now: what is live now stays it.
  if ((await findIndex(es, alias))?.index !== live) return false;
  if (await mayUnblock()) await setWriteBlock(es, live, false);
  return true;
}

/** Of all runs. */
async function removeMarks(es: Elasticsearch, alias: string): Promise<void> {
  const { switching } = aliasesOf(alias);
  try {
    const found = await es.indices.getAlias({ name: `${switching}*` });
    const names = Object.values(found).flatMap(({ aliases }) => Object.keys(aliases));
    // By their names: to remove by a pattern is to remove whatever a pattern comes to.
    const marks = [...new Set(names)].filter((name) => name.startsWith(switching));
    if (marks.length > 0) await es.indices.deleteAlias({ index: '_all', name: marks });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

/** When this returns, every write that the index took before is in it, and it takes no other. */
export async function setWriteBlock(es: Elasticsearch, index: string, isBlocked: boolean): Promise<void> {
  if (isBlocked) {
    const { shards_acknowledged: isDone } = await es.indices.addBlock({ index, block: 'write' });
    if (!isDone) throw new Error(`writes to ${index} could not be blocked: not all of its shards answered`);
  } else {
    await es.indices.putSettings({ index, settings: { 'index.blocks.write': null } as object });
  }
}

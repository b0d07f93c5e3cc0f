/**
 * A rebuild blocks writes to the live index while the next one takes its place (cli/rebuild/switchOver.ts). Where it was
 * killed just then, the projector ends that and goes on: first the next index loses the mark without which it cannot take
 * the place any more, then the block goes.
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
  logger.warn(
    { index, owner: lock?.owner },
    'a rebuild ended while it was switching: the index stays the live one',
  );
  await cancelSwitch(es, alias, index);
}

/**
 * The live index stays the live one and is written again, unless the other has taken its place already. Returns whether it
 * stays.
 */
export async function cancelSwitch(es: Elasticsearch, alias: string, live: string): Promise<boolean> {
  await removeMark(es, alias);
  // Whoever still meant to switch cannot now: what is live now stays it.
  if ((await findIndex(es, alias))?.index !== live) return false;
  await setWriteBlock(es, live, false);
  return true;
}

async function removeMark(es: Elasticsearch, alias: string): Promise<void> {
  try {
    await es.indices.deleteAlias({ index: '_all', name: aliasesOf(alias).switching });
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

/**
 * One batch of messages into the index: folded, written, settled. When this returns, every message is in its document, or
 * its aggregate is parked: kept in mind in a document of its own, its order's document left as it was. A later event of a
 * parked aggregate, and each start, try it again as a whole.
 */
import type { AnyEvent } from '../../platform/events.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import { type BulkTarget, settle, type Write } from './bulk.ts';
import { loadParked, loadStates, parkedWrite, unparkedWrite, writeOf } from './documents.ts';
import { type Changed, type Folded, type FoldedBatch, foldBatch, type Poisoned, refold } from './fold.ts';
import { createLru, type Lru } from './lru.ts';
import type { Projection } from './projection.ts';

/** Of serialized documents; the objects take a few times as much. */
const MAX_CACHE_CHARS = 32 * 1024 * 1024;

export interface BatchWriter {
  /** Throws Stopped, ReadModelMissing, or what the clients throw: start again from the checkpoint. */
  write(messages: readonly LogMessage[]): Promise<void>;
  /** Tries all parked aggregates again; what cannot be mended now stays parked. */
  retryParked(): Promise<void>;
}

/** Begins with an empty cache. */
export function createBatchWriter<S, D extends object, E extends AnyEvent>(
  projection: Projection<S, D, E>,
  target: BulkTarget,
): BatchWriter {
  const cache: Lru<Folded<S>> = createLru(MAX_CACHE_CHARS);
  const load = (streamIds: readonly string[]) => loadStates(target.es, projection, streamIds);
  return {
    async write(messages) {
      await store(projection, target, cache, await foldBatch(projection, { cache, load }, messages));
    },
    async retryParked() {
      for (const { streamId, version, sequence } of await loadParked(target.es, target.alias)) {
        const result = await refold(projection, streamId, version).catch(asReason);
        if ('reason' in result) {
          target.logger.warn({ streamId, version, why: result.reason }, 'still parked');
          continue;
        }
        const changed = new Map([[streamId, { ...result, sequence }]]);
        const refolded = new Set([streamId]);
        await store(projection, target, cache, { changed, poisoned: new Map(), refolded });
      }
    },
  };
}

/** Its service may be away: no reason to keep the others waiting. */
const asReason = (error: unknown) => ({ reason: String(error) });

async function store<S, D extends object, E extends AnyEvent>(
  projection: Projection<S, D, E>,
  target: BulkTarget,
  cache: Lru<Folded<S>>,
  { changed, poisoned, refolded }: FoldedBatch<S>,
): Promise<void> {
  const parked = new Map(poisoned);
  const park = (streamId: string, { version, sequence }: Changed<S>, reason: string) =>
    parked.set(streamId, { streamId, version, sequence, reason });
  const writes = new Map<string, Write & { readonly body: string }>();
  for (const [streamId, state] of changed) {
    const write = writeOf(projection, streamId, state);
    if ('reason' in write) park(streamId, state, write.reason);
    else writes.set(streamId, write);
  }
  for (const { id, reason } of await settle(target, [...writes.values()])) {
    const state = changed.get(id);
    if (state) park(id, state, reason);
  }
  await mark(target, parked, refolded);
  for (const [streamId, { body }] of writes) {
    const state = changed.get(streamId);
    if (state && !parked.has(streamId)) cache.set(streamId, state, body.length);
  }
  for (const streamId of parked.keys()) cache.delete(streamId);
}

/** Writes down what is parked now, and strikes out what was. */
async function mark(
  target: BulkTarget,
  parked: ReadonlyMap<string, Poisoned>,
  refolded: ReadonlySet<string>,
): Promise<void> {
  const mended = [...refolded].filter((streamId) => !parked.has(streamId));
  const marks = [...[...parked.values()].map(parkedWrite), ...mended.map(unparkedWrite)];
  if (marks.length === 0) return;
  const [refused] = await settle(target, marks);
  if (refused) throw new Error(`${refused.id} was refused: ${refused.reason}`);
  for (const { streamId, version, sequence, reason } of parked.values()) {
    target.logger.error({ streamId, version, sequence, why: reason }, 'parked: its document stays behind');
  }
  for (const streamId of mended) target.logger.info({ streamId }, 'folded again from its history');
}

/**
 * States as documents of an index, and the checkpoint as one more: written when every document of a batch is settled. Nothing
 * is lost where that is interrupted, since writing a document again is harmless.
 */
import type { Logger } from 'pino';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { AnyEvent } from '../../platform/events.ts';
import { type BulkTarget, settle, type Write } from './bulk.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadParked, loadStates, parkedWrite, unparkedWrite, writeOf } from './documents.ts';
import type { Changed, Folded, FoldedBatch, Poisoned } from './fold.ts';
import { ensureIndex } from './index.ts';
import { createLru, type Lru } from './lru.ts';
import type { DocumentProjection } from './projection.ts';
import type { Target } from './target.ts';

export interface DocumentTargetOptions {
  readonly es: Elasticsearch;
  readonly logger: Logger;
  /** Names this process in the checkpoint. */
  readonly writer: string;
}

/** One bulk request's worth. */
const ONE_BULK = { maxMessages: 1_000, maxBytes: 4 * 1024 * 1024 };
/** Of serialized documents; the objects take a few times as much. */
const MAX_CACHE_CHARS = 32 * 1024 * 1024;

/** The index of the projection's alias. */
export const documentTarget = <S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  { es, logger, writer }: DocumentTargetOptions,
): Target<S> => ({
  limits: ONE_BULK,
  async open(firstEpoch, signal) {
    const { stream, index } = projection;
    const { alias } = index;
    await ensureIndex(es, index);
    const checkpoint = await openCheckpoint(es, { alias, stream, writer }, firstEpoch);
    const cache: Lru<Folded<S>> = createLru(MAX_CACHE_CHARS);
    const bulk = { es, alias, logger, signal };
    return {
      cache,
      load: (streamIds) => loadStates(es, projection, streamIds),
      place: checkpoint.place,
      heartbeatDueMs: checkpoint.heartbeatDueMs,
      parked: () => loadParked(es, alias),
      async commit(batch, to) {
        await store(projection, bulk, cache, batch);
        await checkpoint.move(to);
      },
    };
  },
});

async function store<S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
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

/**
 * States as documents of an index, and the checkpoint as one more: written when every document of a batch is settled, or soon
 * after. Nothing is lost where that is interrupted, since writing a document again is harmless.
 */

import type { Logger } from 'pino';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { Gathering } from '../../platform/gathering.ts';
import { createLru, type Lru } from '../../platform/lru.ts';
import { type BulkTarget, settle, type Write } from './bulk.ts';
import { lastMove, openCheckpoint } from './checkpoint.ts';
import { loadParked, loadStates, parkedWrite, showParked, unparkedWrite, writeOf } from './documents.ts';
import { type Changed, type Folded, type FoldedBatch, keep, type Poisoned } from './fold.ts';
import { adviceFor } from './index.ts';
import type { DocumentProjection } from './projection.ts';
import type { Target } from './target.ts';
import { shapeOf, type WrittenIndex } from './writtenIndex.ts';

export interface DocumentTargetOptions {
  readonly es: Elasticsearch;
  readonly logger: Logger;
  /** Names this process in the checkpoint. */
  readonly writer: string;
  /** Finds, or makes, the index that is written until the target is opened again. */
  readonly index: () => Promise<WrittenIndex>;
  /** Told of what can be read from now on; nobody relies on it, so that it may throw. */
  readonly onStored?: (changed: ReadonlyMap<string, Changed<unknown>>) => void;
  /** Throws if another index is to be written from now on (bulk.ts). */
  readonly stillWanted?: (index: WrittenIndex) => Promise<void>;
}

/**
 * About one bulk request's worth: of an order that has just begun and ended, several events are one document. Of orders with many
 * lines it is fewer: a document and its state take twenty times the bytes of an event, and two batches are under way at once.
 */
const ONE_BULK = { maxMessages: 2_000, maxBytes: 1024 * 1024 };
/** Of an order's events that come together one document is written. Whoever reads his own write waits for it. */
const GATHER_DOCUMENTS: Gathering = { everyMs: 20, quickMs: 15, factor: 1, maxMs: 40 };
/** Of serialized documents; the objects take a few times as much. */
const MAX_CACHE_CHARS = 8 * 1024 * 1024;

export const documentTarget = <S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  { es, logger, writer, ...options }: DocumentTargetOptions,
): Target<S> => ({
  limits: ONE_BULK,
  gathering: GATHER_DOCUMENTS,
  async open(firstEpoch, signal) {
    const { stream, index: definition } = projection;
    const written = await options.index();
    const { alias, fields } = written;
    const advice = adviceFor(written, definition);
    if (advice !== undefined) logger.warn({ why: advice }, 'the index is of another version');
    const about = { stream, writer, shape: shapeOf(definition), ...(advice !== undefined && { advice }) };
    const checkpoint = await openCheckpoint(es, { alias, ...about }, firstEpoch);
    await showParked(es, alias);
    const cache: Lru<Folded<S>> = createLru(MAX_CACHE_CHARS);
    /** By the commit that is under way. */
    let writing: ReadonlyMap<string, Folded<S>> = new Map();
    /** By the commit before: what was folded from their states meanwhile is not to be written. */
    let parked: ReadonlySet<string> = new Set();
    const stillWanted = async () => options.stillWanted?.(written);
    const tell = (changed: ReadonlyMap<string, Changed<S>>) => {
      try {
        if (changed.size > 0) options.onStored?.(changed);
      } catch (error) {
        logger.warn({ err: error }, 'what was written cannot be told');
      }
    };
    const bulk = { es, alias, ...(fields && { fields }), logger, signal, stillWanted };
    return {
      cache: { get: (streamId) => writing.get(streamId) ?? cache.get(streamId), delete: cache.delete },
      refusesOlder: true,
      foldsAhead: true,
      load: (streamIds) => loadStates(bulk, projection, streamIds),
      place: checkpoint.place,
      written: checkpoint.written,
      writeDueMs: checkpoint.writeDueMs,
      parked: (after) => loadParked(es, alias, after),
      stage(batch) {
        const staged = stagedOf(projection, batch.changed, fields);
        return async (to) => {
          writing = batch.changed;
          parked = await store(projection, bulk, cache, { ...batch, staged, parked });
          tell(batch.changed);
          writing = new Map();
          await checkpoint.move(to);
        };
      },
      leave: checkpoint.leave,
    };
  },
  lastMove: () => lastMove(es, projection.index.alias),
});

interface Staged<S> {
  readonly streamId: string;
  readonly state: Changed<S>;
  readonly write: ReturnType<typeof writeOf>;
}

const stagedOf = <S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  changed: ReadonlyMap<string, Changed<S>>,
  fields: ReadonlySet<string> | undefined,
): readonly Staged<S>[] =>
  Array.from(changed, ([streamId, state]) => ({
    streamId,
    state,
    write: writeOf(projection, streamId, state, fields),
  }));

interface StagedBatch<S> extends FoldedBatch<S> {
  readonly staged: readonly Staged<S>[];
  /** By the commit before. */
  readonly parked: ReadonlySet<string>;
}

async function store<S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  target: BulkTarget,
  cache: Lru<Folded<S>>,
  { changed, poisoned, refolded, staged, parked: before }: StagedBatch<S>,
): Promise<ReadonlySet<string>> {
  const parked = new Map(poisoned);
  const park = (streamId: string, { version, sequence }: Changed<S>, reason: string) =>
    parked.set(streamId, { streamId, version, sequence, reason });
  const writes = new Map<string, Write>();
  for (const { streamId, state, write } of staged) {
    if (before.has(streamId) && !refolded.has(streamId)) {
      park(streamId, state, 'the version before it was refused');
      continue;
    }
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
    if (state && !parked.has(streamId)) keep(projection, cache, streamId, state, body.length);
  }
  for (const streamId of parked.keys()) cache.delete(streamId);
  return new Set(parked.keys());
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

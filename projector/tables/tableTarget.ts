/**
 * States and sums in PostgreSQL: both move in one transaction with the checkpoint, and so are at every moment what the log up
 * to there comes to.
 */

import type { Logger } from 'pino';
import { type Database, together, transact } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { Gathering } from '../../platform/gathering.ts';
import { createLru } from '../../platform/lru.ts';
import { type Changed, type Folded, type FoldedBatch, keep } from '../engine/fold.ts';
import type { OpenTarget, Target } from '../engine/target.ts';
import { endAbandonedHold } from './abandonedHold.ts';
import { lastMove, openCheckpoint, type TableCheckpoint } from './checkpoint.ts';
import { liveSchema, shapeOf } from './generation.ts';
import type { SumProjection } from './projection.ts';
import { loadParked, loadStates, markParked, statedOf, writeStates } from './states.ts';
import { addRows, createTally } from './sums.ts';

export interface TableTargetOptions {
  /** As the role that writes. */
  readonly db: Database;
  readonly logger: Logger;
  /** Names this process in the checkpoint. */
  readonly writer: string;
  /** Makes the tables where there are none, each time before they are opened. */
  readonly prepare?: () => Promise<void>;
  /** The generation that is written; unset: the one that is live when it is opened. */
  readonly schema?: string;
}

/**
 * A transaction's worth: many, since catching up takes a round trip for each of them. Of events with many lines it is fewer: a
 * state in memory takes ten times the bytes of its events.
 */
const ONE_TRANSACTION = { maxMessages: 5_000, maxBytes: 2 * 1024 * 1024 };
/** Sums are not waited for to the millisecond. */
const GATHER_SUMS: Gathering = { everyMs: 100, quickMs: 5, factor: 10, maxMs: 500 };
/** Of states as they are stored, some hundred each but for orders of many lines; the objects take a few times as much. */
const MAX_CACHE_CHARS = 4 * 1024 * 1024;

export const tableTarget = <S, E extends AnyEvent>(
  projection: SumProjection<S, E>,
  options: TableTargetOptions,
): Target<S> => ({
  limits: ONE_TRANSACTION,
  gathering: GATHER_SUMS,
  async open(firstEpoch) {
    const { db, logger, writer } = options;
    await options.prepare?.();
    const schema = options.schema ?? (await liveSchema(db, projection.name));
    if (schema === undefined) throw noTables(projection.name);
    if (options.schema === undefined) await endAbandonedHold(db, projection.name, schema, logger);
    const shape = await shapeOf(projection);
    const checkpoint = await openCheckpoint(db, {
      schema,
      projection: projection.name,
      shape,
      writer,
      firstEpoch,
    });
    return openTables({ projection, db, schema, checkpoint, logger });
  },
  async lastMove() {
    const schema = options.schema ?? (await liveSchema(options.db, projection.name));
    if (schema === undefined) throw noTables(projection.name);
    return lastMove(options.db, schema);
  },
});

interface Tables<S, E extends AnyEvent> {
  readonly projection: SumProjection<S, E>;
  readonly db: Database;
  readonly schema: string;
  readonly checkpoint: TableCheckpoint;
  readonly logger: Logger;
}

function openTables<S, E extends AnyEvent>(tables: Tables<S, E>): OpenTarget<S> {
  const { projection, db, schema, checkpoint, logger } = tables;
  const cache = createLru<Folded<S>>(MAX_CACHE_CHARS);
  return {
    cache,
    load: (streamIds) => loadStates(db, schema, projection, streamIds),
    place: checkpoint.place,
    written: checkpoint.place,
    writeDueMs: checkpoint.writeDueMs,
    parked: (after) => loadParked(db, schema, after),
    stage: (batch) => async (to) => {
      const stated = statedOf(projection, batch.changed);
      await transact(db, async (tx) => {
        // First: whoever loses it has written nothing, and holds nobody up.
        await checkpoint.move(tx, to);
        const tally = changeOf(projection, batch.changed);
        await together(tx, (at) => [
          writeStates(at, schema, stated),
          ...Object.entries(projection.tables).map(([name, table]) =>
            addRows(at, schema, name, table, tally.rows(name)),
          ),
          markParked(at, schema, batch),
        ]);
      });
      checkpoint.moved(to);
      for (const { streamId, changed, text } of stated)
        keep(projection, cache, streamId, changed, text.length);
      tellParked(logger, batch);
    },
    leave: checkpoint.leave,
  };
}

function changeOf<S, E extends AnyEvent>(
  { contributions }: SumProjection<S, E>,
  changed: ReadonlyMap<string, Changed<S>>,
) {
  const tally = createTally();
  for (const { state, stored } of changed.values()) {
    if (stored !== undefined) tally.subtract(contributions(stored));
    tally.add(contributions(state));
  }
  return tally;
}

function tellParked(logger: Logger, { poisoned, refolded }: FoldedBatch<unknown>): void {
  for (const { streamId, version, sequence, reason } of poisoned.values()) {
    logger.error({ streamId, version, sequence, why: reason }, 'parked: its state stays behind');
  }
  for (const streamId of refolded) {
    if (!poisoned.has(streamId)) logger.info({ streamId }, 'folded again from its history');
  }
}

const noTables = (projection: string) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'TABLES_MISSING',
    `${projection} has no tables: start the projector once with the URL of the database's owner`,
  );

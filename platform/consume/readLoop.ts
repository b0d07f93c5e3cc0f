/**
 * The loop of a consumer: keep the share, fetch, hand over, again; until a signal, or until something goes wrong. A fetch is one
 * batch, or several where that was too much (batchSize.ts).
 *
 * The share is kept only by who reads: with a reader open, which ends by itself when the log falls silent, or after the log
 * has answered. A replica that is cut off from it alone says nothing more, and its time runs out.
 *
 * From most events nothing follows. The checkpoint moves over them with the next effect, or by itself within a second or
 * a hundred of them: a commit of its own for each would cost more than the rest of the loop. What is read again after
 * a crash had no effect before either.
 */
import { isDeepStrictEqual } from 'node:util';
import { transact } from '../database.ts';
import { GATHER_REACTIONS, gatherMs } from '../gathering.ts';
import type { LogMessage } from '../log/headers.ts';
import { pause } from '../wait.ts';
import type { BatchSize } from './batchSize.ts';
import {
  advance,
  type Checkpoint,
  createCheckpoint,
  hasCheckpoint,
  moveCheckpoints,
  type Owned,
} from './checkpoints.ts';
import type { ConsumerOptions } from './consumer.ts';
import { findPlaces } from './findPlace.ts';
import { managerOf, readStream, StreamMissing } from './logPlace.ts';
import { holdShare, keepShare, type Membership } from './ownership.ts';
import { DEFAULT_FETCH, openReader, type Reader } from './reader.ts';
import type { FetchLimits } from './subscription.ts';

/** How far the checkpoint may stay behind events without effects. */
const BEHIND_MS = 1_000;
const BEHIND_MESSAGES = 100;

/** Where an owner's ranges stand. */
interface Reading {
  readonly owned: Owned;
  /** Up to where they may move: nothing followed from what was read since. */
  readonly read: readonly Checkpoint[];
  readonly messages: number;
  /** When the first of these came; unset: there are none. */
  readonly sinceMs?: number;
}

/**
 * Reads while the gate is open. `onReading` is told whenever a batch, or an empty fetch, is done with. Throws whatever went
 * wrong; everything that was in memory is dropped with it.
 */
export async function readWhileOpen(
  options: ConsumerOptions,
  membership: Membership,
  size: BatchSize,
  signal: AbortSignal,
  onReading: () => void,
): Promise<void> {
  const { gate } = options;
  const limits = limitsOf(options);
  await ensureCheckpoint(options);
  let reading = at({ consumer: membership.consumer, owner: membership.owner, checkpoints: [] });
  let keepAtMs = performance.now();
  let reader: Reader | undefined;
  /** Fetched, and not handed over yet. */
  let waiting: readonly LogMessage[] = [];
  try {
    while (!signal.aborted && gate.isOpen()) {
      if (performance.now() >= keepAtMs) {
        if (!reader) await askLog(options);
        keepAtMs = performance.now() + membership.ttlMs / 3;
        const kept = await keepShare(options.db, membership);
        if (!isDeepStrictEqual(kept, reading.owned)) {
          await reader?.close();
          reader = undefined;
          waiting = [];
          reading = at(kept);
        }
      }
      if (performance.now() >= dueMs(reading)) reading = await catchUp(options, reading);
      const waitMs = Math.max(0, Math.min(keepAtMs, dueMs(reading)) - performance.now());
      if (reading.owned.checkpoints.length === 0) {
        await pause(waitMs, signal);
      } else {
        if (!reader) {
          const opened = await openFor(options, membership, reading.owned, limits);
          reading = at(opened.owned);
          reader = opened.reader;
        }
        if (waiting.length === 0) waiting = await reader.take(waitMs, signal);
        if (waiting.length > 0 && gate.isOpen()) {
          const messages = waiting.slice(0, size.max());
          waiting = waiting.slice(messages.length);
          const [startedMs, before] = [performance.now(), reading];
          reading = await size.learn(messages.length, () => handleBatch(options, before, messages));
          const filled = waiting.length > 0 ? 1 : messages.length / limits.maxMessages;
          await pause(gatherMs(GATHER_REACTIONS, performance.now() - startedMs, filled), signal);
        }
      }
      onReading();
    }
    if (gate.isOpen()) await catchUp(options, reading);
  } finally {
    await reader?.close();
  }
}

/** The first row of a new consumer, once there is a stream. */
async function ensureCheckpoint({ name, stream, db, connection }: ConsumerOptions): Promise<void> {
  if (await hasCheckpoint(db, name)) return;
  const { epoch } = await readStream(await managerOf(connection), stream);
  await createCheckpoint(db, name, stream, epoch);
}

/** Throws if the log does not answer. That its stream is gone is an answer: those say so who open it. */
async function askLog({ connection, stream }: ConsumerOptions): Promise<void> {
  await readStream(await managerOf(connection), stream).catch((error) => {
    if (!(error instanceof StreamMissing)) throw error;
  });
}

/** A reader of the ranges, which stay this replica's meanwhile: a slow server, or a long search for the place, outlasts a claim. */
const openFor = (
  options: ConsumerOptions,
  membership: Membership,
  before: Owned,
  limits: FetchLimits,
): Promise<{ readonly owned: Owned; readonly reader: Reader }> =>
  holdShare(options.db, membership, async () => {
    const owned = await enterEpoch(options, before);
    const { connection, stream, subjectPrefix } = options;
    const { checkpoints } = owned;
    return { owned, reader: await openReader({ connection, stream, subjectPrefix, checkpoints, limits }) };
  });

/** Moves the ranges into the life that the stream has now, if that is a later one. */
async function enterEpoch({ connection, stream, db, logger }: ConsumerOptions, owned: Owned): Promise<Owned> {
  const checkpoints = await findPlaces(connection, stream, owned.checkpoints, logger);
  if (checkpoints === owned.checkpoints) return owned;
  await transact(db, (tx) => moveCheckpoints(tx, owned, checkpoints));
  const places = [...new Set(checkpoints.map(({ sequence }) => sequence))];
  logger.warn({ consumer: owned.consumer, places }, `${owned.consumer} goes on in the republished ${stream}`);
  return { ...owned, checkpoints };
}

export const limitsOf = ({ maxBatch = DEFAULT_FETCH.maxMessages }: ConsumerOptions): FetchLimits => ({
  ...DEFAULT_FETCH,
  maxMessages: Math.min(maxBatch, DEFAULT_FETCH.maxMessages),
});

const at = (owned: Owned): Reading => ({ owned, read: owned.checkpoints, messages: 0 });

/** When the checkpoint has to follow. */
const dueMs = ({ messages, sinceMs }: Reading): number => {
  if (sinceMs === undefined) return Number.POSITIVE_INFINITY;
  return messages >= BEHIND_MESSAGES ? sinceMs : sinceMs + BEHIND_MS;
};

/** Returns where the ranges stand then. */
async function handleBatch(
  { stream, handle }: ConsumerOptions,
  { owned, read: before, messages: count, sinceMs = performance.now() }: Reading,
  messages: readonly LogMessage[],
): Promise<Reading> {
  const last = messages.at(-1);
  if (!last) throw new Error('a batch has messages');
  const read = advance(before, last);
  let hasMoved = false;
  await handle({
    stream,
    messages,
    async move(tx) {
      hasMoved = true;
      await moveCheckpoints(tx, owned, read);
    },
  });
  if (hasMoved) return at({ ...owned, checkpoints: read });
  return { owned, read, messages: count + messages.length, sinceMs };
}

/** Moves the checkpoint over what had no effects. */
async function catchUp({ db }: ConsumerOptions, reading: Reading): Promise<Reading> {
  const { owned, read, sinceMs } = reading;
  if (sinceMs === undefined) return reading;
  await transact(db, (tx) => moveCheckpoints(tx, owned, read));
  return at({ ...owned, checkpoints: read });
}

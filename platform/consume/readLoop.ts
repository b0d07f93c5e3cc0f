/** The loop of a consumer: keep the share, fetch, hand over, again; until a signal, or until something goes wrong. */
import { isDeepStrictEqual } from 'node:util';
import { transact } from '../database.ts';
import { GATHER_REACTIONS, gatherMs } from '../gathering.ts';
import type { LogMessage } from '../log/headers.ts';
import { pause } from '../wait.ts';
import { advance, createCheckpoint, hasCheckpoint, moveCheckpoints, type Owned } from './checkpoints.ts';
import type { ConsumerOptions } from './consumer.ts';
import { findPlaces } from './findPlace.ts';
import { managerOf, readStream } from './logPlace.ts';
import { keepShare, type Membership } from './ownership.ts';
import { DEFAULT_FETCH, openReader, type Reader } from './reader.ts';
import type { FetchLimits } from './subscription.ts';

/**
 * Reads while the gate is open. `onReading` is told whenever a fetch, be it an empty one, is done with. Throws whatever
 * went wrong; everything that was in memory is dropped with it.
 */
export async function readWhileOpen(
  options: ConsumerOptions,
  membership: Membership,
  signal: AbortSignal,
  onReading: () => void,
): Promise<void> {
  const { gate } = options;
  const limits = limitsOf(options);
  await ensureCheckpoint(options);
  let owned: Owned = { consumer: membership.consumer, owner: membership.owner, checkpoints: [] };
  let keepAtMs = performance.now();
  let reader: Reader | undefined;
  try {
    while (!signal.aborted && gate.isOpen()) {
      if (performance.now() >= keepAtMs) {
        keepAtMs = performance.now() + membership.ttlMs / 3;
        const kept = await keepShare(options.db, membership);
        if (!isDeepStrictEqual(kept, owned)) {
          await reader?.close();
          reader = undefined;
          owned = kept;
        }
      }
      const waitMs = Math.max(0, keepAtMs - performance.now());
      if (owned.checkpoints.length === 0) {
        await pause(waitMs, signal);
      } else {
        if (!reader) {
          owned = await enterEpoch(options, owned);
          reader = await open(options, owned, limits);
        }
        const messages = await reader.take(waitMs, signal);
        if (messages.length > 0 && gate.isOpen()) {
          const startedMs = performance.now();
          owned = await handleBatch(options, owned, messages);
          const filled = messages.length / limits.maxMessages;
          await pause(gatherMs(GATHER_REACTIONS, performance.now() - startedMs, filled), signal);
        }
      }
      onReading();
    }
  } finally {
    await reader?.close();
  }
}

/** The first row of a new consumer, once there is a stream. */
async function ensureCheckpoint({ name, stream, db, connection }: ConsumerOptions): Promise<void> {
  if (await hasCheckpoint(db, name)) return;
  const { epoch } = await readStream(await managerOf(connection.nats), stream);
  await createCheckpoint(db, name, stream, epoch);
}

/** Moves the ranges into the life that the stream has now, if that is a later one. */
async function enterEpoch({ connection, stream, db, logger }: ConsumerOptions, owned: Owned): Promise<Owned> {
  const checkpoints = await findPlaces(connection, stream, owned.checkpoints, logger);
  if (checkpoints === owned.checkpoints) return owned;
  await transact(db, (tx) => moveCheckpoints(tx, owned, checkpoints));
  const places = [...new Set(checkpoints.map(({ sequence }) => sequence))];
  logger.warn({ consumer: owned.consumer, places }, `${owned.consumer} goes on in the republished ${stream}`);
  return { ...owned, checkpoints };
}

const limitsOf = ({ maxBatch = DEFAULT_FETCH.maxMessages }: ConsumerOptions): FetchLimits => ({
  ...DEFAULT_FETCH,
  maxMessages: Math.min(maxBatch, DEFAULT_FETCH.maxMessages),
});

const open = (
  { connection, stream, subjectPrefix }: ConsumerOptions,
  { checkpoints }: Owned,
  limits: FetchLimits,
): Promise<Reader> => openReader({ connection, stream, subjectPrefix, checkpoints, limits });

/** Returns where the ranges stand then. */
async function handleBatch(
  { stream, handle }: ConsumerOptions,
  owned: Owned,
  messages: readonly LogMessage[],
): Promise<Owned> {
  const last = messages.at(-1);
  if (!last) return owned;
  const checkpoints = advance(owned.checkpoints, last);
  await handle({ stream, messages, move: (tx) => moveCheckpoints(tx, owned, checkpoints) });
  return { ...owned, checkpoints };
}

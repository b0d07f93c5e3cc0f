/**
 * Finds the places of checkpoints in a later life of their stream, by the last event that each remembers.
 *
 * A stream that was republished (recovery/republish.ts) has what was in the life before, in the same order, up to a
 * sequence that it names itself; there the place of an event is the place of its message. An event that had been published
 * and not recorded when the old stream was lost comes behind that sequence, where the order may be another: then reading
 * goes on right behind it, and what is read twice has no effect.
 *
 * Looks from the end backwards, since most checkpoints are near it.
 */
import type { Logger } from 'pino';
import type { LogConnection } from '../log/connection.ts';
import { type LogMessage, readMessage } from '../log/headers.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { readRange } from '../log/readLog.ts';
import type { Checkpoint } from './checkpoints.ts';
import { managerOf, readStream, StreamMissing, type StreamState } from './logPlace.ts';

/** The stream is being made again: wait. */
export class StreamReturning extends Error {
  constructor(stream: string, { lastSequence, firstSequence, restoredTo }: StreamState) {
    const [done, total] = [lastSequence - firstSequence + 1, restoredTo - firstSequence + 1];
    super(`waiting for stream ${stream}: it is being republished, ${done} of ${total} messages are there`);
    this.name = 'StreamReturning';
  }
}

const CHUNK = 500;
const TELL_EVERY_MS = 5_000;

/**
 * The checkpoints, moved into the stream's present epoch if they are of an earlier one: the very same array if they are not.
 * Throws StreamReturning (try again), LogMismatch if an event is not there, or what the client throws.
 */
export async function findPlaces(
  connection: LogConnection,
  stream: string,
  checkpoints: readonly Checkpoint[],
  logger: Logger,
): Promise<readonly Checkpoint[]> {
  if (checkpoints.length === 0) return checkpoints;
  const state = await readStream(await managerOf(connection), stream).catch((error) => {
    if (error instanceof StreamMissing) return undefined;
    throw error;
  });
  // That it is gone is for those to say who open it.
  if (!state) return checkpoints;
  if (checkpoints.every(({ streamEpoch }) => streamEpoch >= state.epoch)) return checkpoints;
  logger.warn(
    { stream, epoch: state.epoch },
    `${stream} was republished: looking for the last event that was read`,
  );
  const earlier = checkpoints.filter(({ streamEpoch }) => streamEpoch < state.epoch);
  const wanted = new Set(earlier.flatMap(({ lastEventId }) => lastEventId ?? []));
  const places = await lookFor(connection, stream, state, wanted, logger);
  return checkpoints.map((checkpoint) =>
    checkpoint.streamEpoch < state.epoch ? moved(stream, state, checkpoint, places) : checkpoint,
  );
}

type Place = Pick<LogMessage, 'sequence' | 'eventId'>;

/** By event id; and where the part ends that is in the order of the life before, if an event was found behind it. */
interface Places {
  readonly found: ReadonlyMap<string, Place>;
  readonly restored: Place | undefined;
}

async function lookFor(
  connection: LogConnection,
  stream: string,
  { firstSequence, lastSequence, restoredTo }: StreamState,
  wanted: ReadonlySet<string>,
  logger: Logger,
): Promise<Places> {
  const found = new Map<string, Place>();
  let restored: Place | undefined;
  let toldMs = performance.now();
  for (let end = lastSequence; end >= firstSequence && found.size < wanted.size; end -= CHUNK) {
    const start = Math.max(firstSequence, end - CHUNK + 1);
    for await (const chunk of readRange(connection, stream, start, end)) {
      for (const { sequence, eventId } of chunk.map(readMessage)) {
        if (wanted.has(eventId)) found.set(eventId, { sequence, eventId });
        if (sequence === restoredTo) restored = { sequence, eventId };
      }
    }
    if (performance.now() - toldMs < TELL_EVERY_MS) continue;
    toldMs = performance.now();
    const [looked, of] = [lastSequence - start + 1, lastSequence - firstSequence + 1];
    logger.info({ stream, looked, of }, `looking for the place in ${stream}: ${looked} of ${of} messages`);
  }
  if (!restored && [...found.values()].some(({ sequence }) => sequence > restoredTo)) {
    restored = await messageAt(connection, stream, restoredTo, firstSequence);
  }
  return { found, restored };
}

/** undefined: the stream begins behind it. */
async function messageAt(
  connection: LogConnection,
  stream: string,
  sequence: number,
  firstSequence: number,
): Promise<Place | undefined> {
  if (sequence < firstSequence) return undefined;
  for await (const [message] of readRange(connection, stream, sequence, sequence)) {
    if (message) return { sequence, eventId: readMessage(message).eventId };
  }
  return undefined;
}

function moved(
  stream: string,
  state: StreamState,
  checkpoint: Checkpoint,
  { found, restored }: Places,
): Checkpoint {
  const { epoch: streamEpoch, restoredTo, lastSequence } = state;
  const { lastEventId, sequence } = checkpoint;
  const start = { ...checkpoint, streamEpoch, sequence: 0, lastEventId: undefined };
  if (lastEventId === undefined) return start;
  const place = found.get(lastEventId);
  if (place) {
    const at = place.sequence > restoredTo ? restored : place;
    return at ? { ...checkpoint, streamEpoch, sequence: at.sequence, lastEventId: at.eventId } : start;
  }
  if (lastSequence < restoredTo) throw new StreamReturning(stream, state);
  throw new LogMismatch(
    'LOG_RECREATED',
    `${stream} of epoch ${streamEpoch} does not hold event ${lastEventId}, which was read last (at ${sequence})`,
  );
}

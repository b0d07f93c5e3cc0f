/**
 * A part of one parked queue, handled again in one transaction: what is handled is deleted with its effects, what fails
 * keeps its place with its new error. So a crash at any point loses and doubles nothing.
 *
 * Whoever reads a new event of the aggregate meanwhile waits for the queue's lock, and then queues or handles by what was
 * left. The queue is read before it is locked, and its head compared under the lock: where somebody else has shortened it,
 * the chunk begins again.
 */
import type { AnyEvent } from '../events.ts';
import {
  lockQueue,
  noteFailure,
  type QueueKey,
  readQueue,
  readQueueIds,
  removeFromQueue,
} from './parkedQueue.ts';
import type { ParkedEvent, Parking } from './parkedRow.ts';
import { handleReactions, type ReactionOptions, reactionsOf } from './reactions.ts';

/** An event that was tried and failed again. */
export interface Failure {
  readonly event: ParkedEvent;
  readonly error: string;
}

export interface Chunk {
  readonly replayed: number;
  readonly failure: Failure | undefined;
  /** Whether the queue may hold more that can be tried. */
  readonly left: boolean;
}

/** Somebody else has shortened the queue. */
class QueueChanged extends Error {}

/** Handles up to `limit` events of a queue. Throws what the surroundings throw, with nothing done. */
export async function replayChunk<S, C, E extends AnyEvent, In extends AnyEvent>(
  options: ReactionOptions<S, C, E, In>,
  key: QueueKey,
  limit: number,
): Promise<Chunk> {
  for (;;) {
    const events = await readQueue(options.writer.db, key, limit);
    if (events.length === 0) return { replayed: 0, failure: undefined, left: false };
    try {
      const failure = await handleChunk(options, key, events);
      const replayed = failure ? events.indexOf(failure.event) : events.length;
      report(options, events, replayed, failure);
      return { replayed, failure, left: !failure };
    } catch (error) {
      if (!(error instanceof QueueChanged)) throw error;
    }
  }
}

/** One transaction: handles the events up to the first that fails, which is returned. */
async function handleChunk<S, C, E extends AnyEvent, In extends AnyEvent>(
  options: ReactionOptions<S, C, E, In>,
  key: QueueKey,
  events: readonly ParkedEvent[],
): Promise<Failure | undefined> {
  const failureOf = ([first]: readonly Parking[]): Failure | undefined => {
    const event = first && events.find(({ message }) => message === first.message);
    return event && { event, error: first.error ?? '' };
  };
  const messages = events.map(({ message }) => message);
  const parkings = await handleReactions(options, reactionsOf(options, messages), {
    async before(tx) {
      const ids = (await lockQueue(tx, key)) ? await readQueueIds(tx, key, events.length) : [];
      if (ids.length < events.length || events.some(({ parkedId }, at) => parkedId !== ids[at])) {
        throw new QueueChanged();
      }
      return new Set();
    },
    async after(tx, unhandled) {
      const failure = failureOf(unhandled);
      const handled = failure ? events.slice(0, events.indexOf(failure.event)) : events;
      await removeFromQueue(
        tx,
        key,
        handled.map(({ parkedId }) => parkedId),
      );
      if (failure) await noteFailure(tx, failure.event.parkedId, failure.error);
    },
  });
  return failureOf(parkings);
}

function report<S, C, E extends AnyEvent, In extends AnyEvent>(
  { consumer, logger }: ReactionOptions<S, C, E, In>,
  events: readonly ParkedEvent[],
  replayed: number,
  failure: Failure | undefined,
): void {
  const [first] = events;
  const fields = { consumer, streamId: first?.message.streamId };
  if (replayed > 0)
    logger.info({ ...fields, replayed, firstSequence: first?.message.sequence }, 'parked events replayed');
  if (failure) {
    const { sequence, eventId, type } = failure.event.message;
    logger.warn(
      { ...fields, sequence, eventId, type, reason: failure.error },
      'a replayed event failed again',
    );
  }
}

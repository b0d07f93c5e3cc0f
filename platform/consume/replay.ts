/**
 * Handles parked events again: aggregate by aggregate, each queue in order, by the very code of its consumer
 * (reactions.ts), up to the first event that fails again.
 *
 * A chunk of a queue is one transaction (replayChunk.ts), so what was done is done wherever it ends.
 */
import type { AnyEvent } from '../events.ts';
import { listQueues } from './parkedQueue.ts';
import type { ReactionOptions } from './reactions.ts';
import { type Failure, replayChunk } from './replayChunk.ts';

/** How far through the queues, in order of aggregate ids. */
export interface ReplayPlace {
  readonly aggregateId: string;
  /** Its queue was not read to its end: go on with it. */
  readonly begun: boolean;
}

export interface ReplayRequest {
  /** Only this aggregate. */
  readonly aggregateId?: string | undefined;
  /** Only queues whose head is of this type. */
  readonly type?: string | undefined;
  /** Go on from here. */
  readonly place?: ReplayPlace | undefined;
  /** To try at most, failures included. */
  readonly maxEvents: number;
}

/** What became of them. */
export interface Replayed {
  readonly replayed: number;
  /** Tried, and failed again. */
  readonly failed: number;
  /** The first of these. */
  readonly firstFailure: Failure | undefined;
  /** Go on from here; undefined: every queue that was asked for was tried. */
  readonly next: ReplayPlace | undefined;
}

/** Replays events of one consumer; ends early when the signal says so. Throws what the surroundings throw. */
export type Replay = (request: ReplayRequest, signal: AbortSignal) => Promise<Replayed>;

/** A transaction's worth. */
const CHUNK_EVENTS = 100;
const QUEUES_PAGE = 100;
const BEGINNING: ReplayPlace = { aggregateId: '', begun: false };
/** Well below the time that callers give a call. */
const MAX_MS = 3_000;

/** The replay of a consumer, of whose reactions these are the options. */
export function createReplay<S, C, E extends AnyEvent, In extends AnyEvent>(
  options: ReactionOptions<S, C, E, In>,
): Replay {
  return async (request, signal) => {
    const { db } = options.writer;
    const tally = { replayed: 0, failed: 0, firstFailure: undefined as Failure | undefined };
    const untilMs = performance.now() + MAX_MS;
    const mayGoOn = () =>
      tally.replayed + tally.failed < request.maxEvents && performance.now() < untilMs && !signal.aborted;
    let place = request.place ?? BEGINNING;
    for (;;) {
      const queues = await listQueues(db, options.consumer, { ...request, place, limit: QUEUES_PAGE });
      for (const key of queues) {
        for (let left = true; left; ) {
          if (!mayGoOn()) return { ...tally, next: place };
          const limit = Math.min(CHUNK_EVENTS, request.maxEvents - tally.replayed - tally.failed);
          const chunk = await replayChunk(options, key, limit);
          tally.replayed += chunk.replayed;
          if (chunk.failure) tally.failed += 1;
          tally.firstFailure ??= chunk.failure;
          left = chunk.left;
          place = { aggregateId: key.aggregateId, begun: left };
        }
      }
      if (queues.length < QUEUES_PAGE) return { ...tally, next: undefined };
    }
  };
}

/**
 * A log on its way into one target: from the target's checkpoint on, batch by batch. The projector feeds what is read by one
 * (run.ts), a rebuild what is to take its place (cli/rebuild).
 */
import type { Logger } from 'pino';
import { findPlaces } from '../../platform/consume/findPlace.ts';
import { managerOf, readStream } from '../../platform/consume/logPlace.ts';
import { openReader, type Reader } from '../../platform/consume/reader.ts';
import type { FetchLimits } from '../../platform/consume/subscription.ts';
import type { AnyEvent } from '../../platform/events.ts';
import { gatherMs } from '../../platform/gathering.ts';
import { PARTITIONS } from '../../platform/ids.ts';
import { createLags } from '../../platform/lagHistogram.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import type { Observe } from '../../platform/telemetry/observe.ts';
import { pause } from '../../platform/wait.ts';
import { applyBatch } from './apply.ts';
import type { Poisoned } from './fold.ts';
import { createParkedRetry } from './parkedRetry.ts';
import type { Projection } from './projection.ts';
import type { OpenTarget, Target } from './target.ts';

/** A projection, and where its states go. */
export interface Projected<S, E extends AnyEvent> {
  readonly projection: Projection<S, E>;
  readonly target: Target<S>;
}

/** Who watches a feed. */
export interface FeedWatch {
  /** Up to where the log is in the target. */
  at(sequence: number): void;
  /** How to ask what is parked. */
  parked(ask: () => Promise<readonly Poisoned[]>): void;
  /** Told of each batch, and how it ended. */
  readonly observe: Observe<readonly LogMessage[]>;
}

export interface FeedOptions {
  readonly connection: LogConnection;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly watch?: FeedWatch;
  /** If not those of the target. */
  readonly limits?: FetchLimits;
}

export interface Feed {
  /** Up to here the log is in the target, as its checkpoint tells. */
  sequence(): number;
  /** Until a commit of nothing is due, if nothing comes. */
  writeDueMs(): number;
  /**
   * Applies what has arrived, waiting for it at most that long; a commit of nothing, or of what was parked and is mended, when that
   * is due. Returns how many messages it was. Throws CheckpointLost, or whatever interrupts it: open another feed. When a whole batch
   * more arrives before the commit has ended, it does not wait for that, if the target allows it: the next call folds beside it, and
   * tells how it ended.
   */
  next(maxWaitMs: number): Promise<number>;
  /** Lets another projector go on at once; nothing may follow but `close`. Throws as `next` does. */
  leave(): Promise<void>;
  /** When this returns, nothing more is written. */
  close(): Promise<void>;
}

/** Throws OrderlogError, LogMismatch, or what the clients throw. */
export async function openFeed<S, E extends AnyEvent>(
  options: FeedOptions,
  { projection, target }: Projected<S, E>,
): Promise<Feed> {
  const { connection, logger, signal, watch, limits = target.limits } = options;
  const { stream } = projection;
  const streamEpoch = async () => (await readStream(await managerOf(connection), stream)).epoch;
  const open = await target.open(streamEpoch, signal);
  const reader = await readerFrom(open, projection, { connection, logger, limits });
  logger.info({ sequence: open.place().sequence }, 'projecting');
  watch?.at(open.place().sequence);
  watch?.parked(() => open.parked());
  const parked = createParkedRetry(projection, open, logger);
  const lags = createLags();
  let committing: Promise<void> | undefined;
  /** Until the next batch is looked for. */
  let restMs = 0;
  const committed = async () => {
    const before = committing;
    committing = undefined;
    await before;
  };
  async function apply(messages: readonly LogMessage[]): Promise<void> {
    const end = watch?.observe(messages);
    parked.passed(messages);
    try {
      const commit = await applyBatch(projection, open, messages);
      await committed();
      const startedMs = performance.now();
      committing = watched(commit(lags.seen()), messages, end).then(() => {
        const filled = messages.length / limits.maxMessages;
        restMs = gatherMs(target.gathering, performance.now() - startedMs, filled);
      });
    } catch (error) {
      end?.({ error });
      throw error;
    }
    // Told by whoever waits for it.
    committing.catch(() => undefined);
    if (!open.foldsAhead || !(await reader.isFullBefore(committing))) await committed();
  }
  /** All of them can be read then. The next move of the checkpoint tells it, a heartbeat later at most. */
  async function watched(
    commit: Promise<void>,
    messages: readonly LogMessage[],
    end: ReturnType<FeedWatch['observe']> | undefined,
  ): Promise<void> {
    try {
      await commit;
    } catch (error) {
      end?.({ error });
      throw error;
    }
    for (const { time } of messages) lags.observe(Date.now() - time.getTime());
    watch?.at(open.written().sequence);
    end?.({ result: undefined });
  }
  return {
    sequence: () => open.written().sequence,
    writeDueMs: open.writeDueMs,
    async next(maxWaitMs) {
      await pause(restMs, signal);
      restMs = 0;
      if (parked.dueMs() === 0) {
        await committed();
        await parked.turn();
      }
      const waitMs = committing ? 0 : Math.min(maxWaitMs, parked.dueMs());
      const messages = await reader.take(waitMs, signal);
      if (messages.length > 0) {
        await apply(messages);
      } else {
        await committed();
        if (open.writeDueMs() === 0) {
          await open.stage(NOTHING)({ ...open.place(), lags: lags.seen() });
          watch?.at(open.written().sequence);
        }
      }
      return messages.length;
    },
    async leave() {
      await committed();
      await open.leave();
    },
    async close() {
      await committed().catch(() => undefined);
      await reader.close();
    },
  };
}

/** A reader from the checkpoint on; moves the checkpoint first, if the stream was republished since. */
async function readerFrom<S, E extends AnyEvent>(
  target: OpenTarget<S>,
  { stream, subjectPrefix }: Projection<S, E>,
  { connection, logger, limits }: Required<Pick<FeedOptions, 'connection' | 'logger' | 'limits'>>,
): Promise<Reader> {
  const before = [{ firstPartition: 0, lastPartition: PARTITIONS - 1, ...target.place() }];
  const checkpoints = await findPlaces(connection, stream, before, logger);
  const [place] = checkpoints;
  if (place && place !== before[0]) {
    const { sequence, lastEventId, streamEpoch } = place;
    await target.stage(NOTHING)({ sequence, lastEventId, streamEpoch });
  }
  return openReader({ connection, stream, subjectPrefix, checkpoints, limits });
}

const NOTHING = { changed: new Map<string, never>(), poisoned: new Map(), refolded: new Set<string>() };

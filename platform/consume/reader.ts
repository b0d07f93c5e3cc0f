/**
 * Reads a stream for the ranges of one owner: in order, each message once, none left out.
 *
 * At the opening the checkpoints are verified against the stream (logPlace.ts). Then each message must follow on what was
 * read of its partition (`prev`) and, where all partitions are read, on the message before it. One that does not is a
 * hole: LogMismatch, and nothing behind it is given out. Needs no database: the caller keeps the checkpoints, and after any
 * error opens another reader from there.
 */
import type { JsMsg } from '@nats-io/jetstream';
import { PARTITIONS } from '../ids.ts';
import type { LogConnection } from '../log/connection.ts';
import { type LogMessage, readMessage } from '../log/headers.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { within } from '../wait.ts';
import type { Checkpoint } from './checkpoints.ts';
import { type LogManager, managerOf, verifyPlace } from './logPlace.ts';
import { filterSubjects } from './ranges.ts';
import { createLogConsumer, type FetchLimits, openSubscription, type Subscription } from './subscription.ts';

export interface ReaderOptions {
  readonly connection: LogConnection;
  readonly stream: string;
  /** First token of the stream's subjects. */
  readonly subjectPrefix: string;
  /** From where to read; at least one. */
  readonly checkpoints: readonly Checkpoint[];
  readonly limits: FetchLimits;
}

export interface Reader {
  /**
   * The next messages: what has arrived, up to the limits; [] if none came in time. Throws LogMismatch (a person must act)
   * or SubscriptionEnded (open another reader).
   */
  take(maxWaitMs: number, signal: AbortSignal): Promise<readonly LogMessage[]>;
  /** Whether there is a whole fetch to take before the promise is settled. */
  isFullBefore(settled: Promise<unknown>): Promise<boolean>;
  close(): Promise<void>;
}

const DROP_WITHIN_MS = 1_000;

/** A fetch as it suits most: one batch of commands. */
export const DEFAULT_FETCH: FetchLimits = { maxMessages: 500, maxBytes: 8 * 1024 * 1024 };

/** Throws LogMismatch, StreamMissing, or what the client throws if the server cannot be reached. */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const { connection, stream, checkpoints } = options;
  const session = connection.session();
  session.throwIfAborted();
  const manager = await managerOf(connection);
  const subjects = filterSubjects(options.subjectPrefix, checkpoints);
  const start = Math.min(...checkpoints.map(({ sequence }) => sequence)) + 1;
  const { firstSequence } = await verifyPlace(manager, stream, checkpoints);
  const info = await createLogConsumer(manager, stream, start, subjects);
  const deleteConsumer = () => (session.aborted ? undefined : dropQuietly(manager, stream, info.name));
  let subscription: Subscription;
  try {
    // Once more: the consumer lives and dies with one life of the stream, so what is verified now is what it reads.
    await verifyPlace(manager, stream, checkpoints);
    subscription = await openSubscription(connection.nats, session, info, options.limits);
  } catch (error) {
    await deleteConsumer();
    throw error;
  }
  const before = subjects === undefined ? Math.max(start, firstSequence) - 1 : undefined;
  const follow = followLog(stream, checkpoints, before);
  return {
    async take(maxWaitMs, signal) {
      const messages = await subscription.take(maxWaitMs, signal);
      return messages.map((message) => toLogMessage(stream, message)).filter(follow);
    },
    isFullBefore: subscription.isFullBefore,
    async close() {
      subscription.close();
      await deleteConsumer();
    },
  };
}

/** The server would drop it by itself in the end: not worth a wait for one that says nothing. */
async function dropQuietly(manager: LogManager, stream: string, name: string): Promise<void> {
  const dropped = manager.consumers.delete(stream, name).catch(() => undefined);
  await within(DROP_WITHIN_MS, dropped, () => undefined);
}

function toLogMessage(stream: string, message: JsMsg): LogMessage {
  const { seq: sequence, subject, headers, data: payload } = message;
  try {
    return readMessage({ stream, sequence, subject, headers, payload });
  } catch (error) {
    throw new LogMismatch('LOG_DIFFERS', error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * Tells of each message in turn whether it is new to its range; throws LogMismatch at a hole. `before` is the sequence
 * before the first message, if every message of the stream comes by.
 */
export function followLog(
  stream: string,
  checkpoints: readonly Checkpoint[],
  before: number | undefined,
): (message: LogMessage) => boolean {
  /** Up to where each partition is read. */
  const read = new Array<number>(PARTITIONS).fill(Number.POSITIVE_INFINITY);
  for (const { firstPartition, lastPartition, sequence } of checkpoints) {
    read.fill(sequence, firstPartition, lastPartition + 1);
  }
  const epoch = checkpoints[0]?.streamEpoch;
  let last = before;
  return (message) => {
    const { sequence, partition, prev } = message;
    const position = read[partition] ?? 0;
    if (message.epoch !== epoch) {
      const found = `message ${sequence} of ${stream} is of epoch ${message.epoch}, not ${epoch}`;
      throw new LogMismatch('LOG_DIFFERS', found);
    }
    if (last !== undefined && sequence !== ++last) {
      throw new LogMismatch('LOG_HOLE', `message ${last} of ${stream} is missing: ${sequence} came`);
    }
    if (sequence <= position) return false;
    if (prev > position) {
      const found = `message ${prev} of ${stream} is missing: ${sequence} follows it in partition ${partition}`;
      throw new LogMismatch('LOG_HOLE', `${found}, which is read up to ${position}`);
    }
    read[partition] = sequence;
    return true;
  };
}

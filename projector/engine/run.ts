/**
 * A projection at work: the log, from the checkpoint on, batch by batch into its target.
 *
 * Start, a lost connection, a lost compare-and-set, an index or tables that were deleted or restored, a store or the history
 * out of reach are ONE procedure: drop everything in memory, make sure of the target, read the checkpoint, and go on from
 * there. Nothing is skipped or counted twice for it, since the checkpoint moves with the effects, or after such as are
 * harmless to repeat. What needs a person (LogBroken, a changed shape) is told at each attempt.
 */
import type { Logger } from 'pino';
import { findPlaces } from '../../platform/consume/findPlace.ts';
import { managerOf, readStream } from '../../platform/consume/logPlace.ts';
import { openReader, type Reader } from '../../platform/consume/reader.ts';
import type { FetchLimits } from '../../platform/consume/subscription.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { AnyEvent } from '../../platform/events.ts';
import { PARTITIONS } from '../../platform/ids.ts';
import { createLags, type Lags } from '../../platform/lagHistogram.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { MalformedMessage } from '../../platform/log/headers.ts';
import { HEARTBEAT_MS } from '../../platform/modelCheckpoint.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import { applyBatch, retryParked } from './apply.ts';
import type { Projection } from './projection.ts';
import { CheckpointLost, type OpenTarget, type Target } from './target.ts';

/** A projection, and where its states go. */
export interface Projected<S, E extends AnyEvent> {
  readonly projection: Projection<S, E>;
  readonly target: Target<S>;
}

export interface RunOptions {
  readonly connection: LogConnection;
  readonly logger: Logger;
}

const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
/** Two projectors are harmless but a waste: who loses lets the other work. */
const STAND_BACK_MS = 3 * HEARTBEAT_MS;

/** Runs until the signal; never throws. */
export async function runProjection<S, E extends AnyEvent>(
  options: RunOptions,
  projected: Projected<S, E>,
  signal: AbortSignal,
): Promise<void> {
  const logger = options.logger.child({ projection: projected.projection.name });
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readOn({ ...options, logger }, projected, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      const waitMs =
        error instanceof CheckpointLost ? STAND_BACK_MS : backoffMs(failures++, FIRST_RETRY_MS, MAX_RETRY_MS);
      tell(logger, error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

function tell(logger: Logger, error: unknown, waitMs: number): void {
  const why = error instanceof Error ? error.message : String(error);
  const needsPerson = error instanceof OrderlogError || error instanceof MalformedMessage;
  logger[needsPerson ? 'error' : 'warn']({ why, retryInMs: Math.round(waitMs) }, 'not projecting');
}

/** From the checkpoint on, until the signal. Throws whatever interrupts it. */
async function readOn<S, E extends AnyEvent>(
  { connection, logger }: RunOptions,
  { projection, target }: Projected<S, E>,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const { stream } = projection;
  const streamEpoch = async () => (await readStream(await managerOf(connection.nats), stream)).epoch;
  const open = await target.open(streamEpoch, signal);
  const reader = await readerFrom(open, { ...projection, limits: target.limits }, connection, logger);
  try {
    logger.info({ sequence: open.place().sequence }, 'projecting');
    await retryParked(projection, open, logger);
    const lags = createLags();
    while (!signal.aborted) {
      await projectNext(reader, projection, open, lags, signal);
      onProgress();
    }
  } finally {
    await reader.close();
  }
}

/** A reader from the checkpoint on; moves the checkpoint first, if the stream was republished since. */
export async function readerFrom<S>(
  target: OpenTarget<S>,
  {
    stream,
    subjectPrefix,
    limits,
  }: { readonly stream: string; readonly subjectPrefix: string; readonly limits: FetchLimits },
  connection: LogConnection,
  logger: Logger,
): Promise<Reader> {
  const before = [{ firstPartition: 0, lastPartition: PARTITIONS - 1, ...target.place() }];
  const checkpoints = await findPlaces(connection, stream, before, logger);
  const [place] = checkpoints;
  if (place && place !== before[0]) {
    const { sequence, lastEventId, streamEpoch } = place;
    await target.commit(NOTHING, { sequence, lastEventId, streamEpoch });
  }
  return openReader({ connection, stream, subjectPrefix, checkpoints, limits });
}

const NOTHING = { changed: new Map<string, never>(), poisoned: new Map(), refolded: new Set<string>() };

async function projectNext<S, E extends AnyEvent>(
  reader: Reader,
  projection: Projection<S, E>,
  target: OpenTarget<S>,
  lags: Lags,
  signal: AbortSignal,
): Promise<void> {
  const messages = await reader.take(target.heartbeatDueMs(), signal);
  if (messages.length > 0) {
    await applyBatch(projection, target, messages, lags.seen());
    // All of them can be read now. The next move of the checkpoint tells it, a heartbeat later at most.
    for (const { time } of messages) lags.observe(Date.now() - time.getTime());
  } else if (target.heartbeatDueMs() === 0) {
    await target.commit(NOTHING, { ...target.place(), lags: lags.seen() });
  }
}

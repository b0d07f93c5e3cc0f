/**
 * A projection at work: the log, from the checkpoint on, batch by batch into its target.
 *
 * Start, a lost connection, a lost compare-and-set, an index or tables that were deleted, restored or replaced, a store or the
 * history out of reach are ONE procedure: drop everything in memory, make sure of the target, read the checkpoint, and go on from
 * there. Nothing is skipped or counted twice for it, since the checkpoint moves with the effects, or after such as are
 * harmless to repeat. What needs a person (LogBroken, a changed shape) is told at each attempt.
 */
import type { Logger } from 'pino';
import { OrderlogError } from '../../platform/errors.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { MalformedMessage } from '../../platform/log/headers.ts';
import { HEARTBEAT_MS } from '../../platform/modelCheckpoint.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import { type FeedWatch, openFeed, type Projected } from './feed.ts';
import { CheckpointLost, TargetHeld, TargetReplaced } from './target.ts';

export interface RunOptions {
  readonly connection: LogConnection;
  readonly logger: Logger;
  readonly watch?: FeedWatch;
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
      const waitMs = waitAfter(error, () => backoffMs(failures++, FIRST_RETRY_MS, MAX_RETRY_MS));
      tell(logger, error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

function waitAfter(error: unknown, otherwise: () => number): number {
  if (error instanceof CheckpointLost) return STAND_BACK_MS;
  if (error instanceof TargetReplaced) return 0;
  return error instanceof TargetHeld ? FIRST_RETRY_MS : otherwise();
}

function tell(logger: Logger, error: unknown, waitMs: number): void {
  const why = error instanceof Error ? error.message : String(error);
  const needsPerson = error instanceof OrderlogError || error instanceof MalformedMessage;
  logger[needsPerson ? 'error' : 'warn']({ why, retryInMs: Math.round(waitMs) }, 'not projecting');
}

/** From the checkpoint on, until the signal. Throws whatever interrupts it. */
async function readOn<S, E extends AnyEvent>(
  options: RunOptions,
  projected: Projected<S, E>,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const feed = await openFeed({ ...options, signal }, projected);
  try {
    while (!signal.aborted) {
      await feed.next(feed.heartbeatDueMs());
      onProgress();
    }
  } finally {
    await feed.close();
  }
}

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
import { CheckpointLost, type Target, TargetHeld, TargetReplaced } from './target.ts';

export interface RunOptions {
  readonly connection: LogConnection;
  readonly logger: Logger;
  readonly watch?: FeedWatch;
}

const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
/** Two projectors are harmless but a waste: who loses stands by, until the other has left, or is silent for so long. */
const SILENT_MS = 3 * HEARTBEAT_MS;
/** What waits for a projector that has left waits that much longer. */
const LOOK_MS = 250;

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
      if (error instanceof CheckpointLost) {
        logger.info({ why: error.message }, 'standing by');
        // Where it cannot be looked at, the next try tells why.
        await untilFree(projected.target, signal).catch(() => undefined);
        continue;
      }
      const waitMs = waitAfter(error, () => backoffMs(failures++, FIRST_RETRY_MS, MAX_RETRY_MS));
      tell(logger, error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

function waitAfter(error: unknown, otherwise: () => number): number {
  if (error instanceof TargetReplaced) return 0;
  return error instanceof TargetHeld ? FIRST_RETRY_MS : otherwise();
}

function tell(logger: Logger, error: unknown, waitMs: number): void {
  const why = error instanceof Error ? error.message : String(error);
  const needsPerson = error instanceof OrderlogError || error instanceof MalformedMessage;
  logger[needsPerson ? 'error' : 'warn']({ why, retryInMs: Math.round(waitMs) }, 'not projecting');
}

async function untilFree<S>(target: Target<S>, signal: AbortSignal): Promise<void> {
  for (let last = '', heardAtMs = performance.now(); !signal.aborted; await pause(LOOK_MS, signal)) {
    const { id, hasLeft } = await target.lastMove();
    if (hasLeft) return;
    if (id !== last) heardAtMs = performance.now();
    last = id;
    if (performance.now() - heardAtMs > SILENT_MS) return;
  }
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
      await feed.next(feed.writeDueMs());
      onProgress();
    }
  } finally {
    // If that fails, another finds out by itself, later.
    if (signal.aborted) await feed.leave().catch(() => undefined);
    await feed.close();
  }
}

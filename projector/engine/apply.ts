/**
 * Messages of the log into a target: folded, and committed with the checkpoint. When that is done, every message is in its
 * aggregate's state, or the aggregate is parked: kept in mind, its state left as it was. A later event of a parked aggregate tries
 * it again as a whole, and so does parkedRetry.ts.
 */
import type { AnyEvent } from '../../platform/events.ts';
import type { LagHistogram } from '../../platform/lagHistogram.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import { foldBatch } from './fold.ts';
import type { Projection } from './projection.ts';
import type { OpenTarget } from './target.ts';

/**
 * Folds at least one message; what that leads to is committed by the function that it gives. Either throws what the target
 * throws: open it again, and go on from its checkpoint.
 */
export async function applyBatch<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  target: OpenTarget<S>,
  messages: readonly LogMessage[],
): Promise<(lags?: LagHistogram) => Promise<void>> {
  const last = messages.at(-1);
  if (!last) throw new Error('a batch has messages');
  const commit = target.stage(await foldBatch(projection, target, messages));
  return (lags) =>
    commit({
      sequence: last.sequence,
      lastEventId: last.eventId,
      streamEpoch: target.place().streamEpoch,
      ...(lags && { lags }),
    });
}

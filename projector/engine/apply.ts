/**
 * Messages of the log into a target: folded, and committed with the checkpoint. When that is done, every message is in its
 * aggregate's state, or the aggregate is parked: kept in mind, its state left as it was. A later event of a parked aggregate,
 * and each start, try it again as a whole.
 */
import type { Logger } from 'pino';
import type { AnyEvent } from '../../platform/events.ts';
import type { LagHistogram } from '../../platform/lagHistogram.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import { type Changed, foldBatch, type Poisoned, refold } from './fold.ts';
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

/** Their service is asked for so many at once, and what is mended of them is one commit. */
const RETRIED_TOGETHER = 20;

/**
 * Tries all parked aggregates again; what cannot be mended now stays parked. The log waits meanwhile: where their service does not
 * answer, it is not asked for the rest.
 */
export async function retryParked<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  target: OpenTarget<S>,
  logger: Logger,
): Promise<void> {
  const parked = await target.parked();
  for (let from = 0; from < parked.length; from += RETRIED_TOGETHER) {
    const some = parked.slice(from, from + RETRIED_TOGETHER);
    if (await retryTogether(projection, target, some, logger)) continue;
    const untried = parked.length - from - some.length;
    if (untried > 0) logger.warn({ untried }, 'still parked, and not tried again at this start');
    return;
  }
}

/** Returns whether their service has answered for any. */
async function retryTogether<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  target: OpenTarget<S>,
  parked: readonly Poisoned[],
  logger: Logger,
): Promise<boolean> {
  const tried = await Promise.all(
    parked.map(async ({ streamId, version, sequence }) => {
      const result = await refold(projection, streamId, version).catch(asUnanswered);
      return { streamId, version, sequence, result };
    }),
  );
  const mended = tried.flatMap(({ streamId, version, sequence, result }) => {
    if (!('reason' in result)) return [{ streamId, sequence, ...result }];
    logger.warn({ streamId, version, why: result.reason }, 'still parked');
    return [];
  });
  if (mended.length > 0) await commitMended<S>(target, mended);
  return tried.some(({ result }) => !('isUnanswered' in result));
}

async function commitMended<S>(
  target: OpenTarget<S>,
  mended: readonly (Omit<Changed<S>, 'stored'> & { readonly streamId: string })[],
): Promise<void> {
  const refolded = new Set(mended.map(({ streamId }) => streamId));
  const stored = await target.load([...refolded]);
  const changed = new Map<string, Changed<S>>();
  for (const { streamId, ...state } of mended) {
    const before = stored.get(streamId);
    if (state.version > (before?.version ?? 0)) changed.set(streamId, { ...state, stored: before?.state });
  }
  await target.stage({ changed, poisoned: new Map(), refolded })(target.place());
}

/** Its service may be away, or refuse to tell: no reason to keep the others waiting. */
const asUnanswered = (error: unknown) => ({ reason: String(error), isUnanswered: true });

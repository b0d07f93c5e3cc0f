/**
 * Watermarks: up to which time nothing is still on its way. A deadline may act only on what is known to have not happened,
 * and a backlog anywhere (an outbox that NATS does not take, a consumer that lags, calls that queue) makes what happened
 * look as if it had not. So deadlines wait for watermarks, and a backlog delays them instead of cancelling orders.
 *
 * The watermark {time, sequence, epoch} of a stream says: everything that its service committed before `time`, and
 * everything that follows from what the services before it committed before `time`, is in the stream at or before
 * `sequence`, and every call to the outside that this asked for has been tried at least once. Once true it stays true, so
 * that nothing goes wrong if it is old, comes twice, or is overwritten by an older one.
 *
 * How a service comes by one (`settle`): in one statement (watermarkLook.ts) it sees the database's time and how far its
 * consumers are. The time is the minimum of the database's and of the times of the watermarks of the streams that it
 * reads, each of which counts once all ranges of its consumer have had their effects up to its sequence (`follow`). All
 * that must be in the log for this time is committed by now: in the log, in the outbox, or a task that asks the outside.
 * So the time is held back until every task due by then has been tried once, and then until every outbox row that is
 * there at that moment is gone; where the log stands then is the sequence. An outbox that is never empty does no harm:
 * rows leave it in order. The time of the oldest outbox row alone would not do: what follows from an upstream backlog is
 * younger than the backlog.
 *
 * - A source, where sagas begin, waits for no other stream: its time is its database's. The times of all watermarks after
 *   it are its clock's, or earlier: the margin (config) need only cover how far the databases' clocks differ, for what
 *   begins in a later service by itself (a repeated call, an operator).
 * - Parked events hold nothing back. They may wait for days, and only their own saga is affected: its deadline cancels it,
 *   by the same way as any other, and what was paid is given back.
 * - A call counts until its first try has ended, whoever has leased it meanwhile, or had: a provider that fails for hours is
 *   what deadlines are for, and a worker that died before it asked him is not. Calls that are due later, and timers, do not
 *   count.
 * - A saga that passes its source again on its way (an orchestrated one) is complete up to there only.
 *
 * Order's deadlines fire at the minimum of the watermarks that it has reached, less the margin (`follow`, watermarks.ts).
 */
import { z } from 'zod';
import { PARTITIONS } from '../ids.ts';
import type { Look, ReadRange } from './watermarkLook.ts';

export interface Watermark {
  readonly time: Date;
  readonly sequence: number;
  /** The life of the stream in which the sequence counts. */
  readonly epoch: number;
  /** The sequence of each partition's last message up to `sequence`: a consumer's range without messages stands still. */
  readonly last: readonly number[];
}

const count = z.int().min(0);
const schema = z.object({
  time: z.iso.datetime().transform((text) => new Date(text)),
  sequence: count,
  epoch: count,
  last: z.array(count).length(PARTITIONS),
});

export const encodeWatermark = (watermark: Watermark): string => JSON.stringify(watermark);

/** Throws what is wrong with it. */
export const decodeWatermark = (json: string): Watermark => schema.parse(JSON.parse(json));

/** What a consumer knows of its stream's watermarks. */
export interface Upstream {
  /** Reached: what follows from everything before its time is committed here. */
  readonly reached?: Watermark;
  /** Kept until it is reached, whatever comes after it: a consumer that is always a little behind would reach none. */
  readonly ahead?: Watermark;
}

/** After a look at the newest watermark (undefined: there is none, and so nothing counts) and at the consumer's ranges. */
export function follow(
  { reached, ahead }: Upstream,
  newest: Watermark | undefined,
  ranges: readonly ReadRange[],
): Upstream {
  if (!newest) return {};
  const isReached = (watermark: Watermark | undefined) =>
    watermark !== undefined && hasRead(ranges, watermark);
  if (isReached(newest)) return { reached: newest };
  if (isReached(ahead)) return { ...(ahead && { reached: ahead }), ahead: newest };
  const isOfThisLife = ahead?.epoch === newest.epoch;
  return { ...(reached && isReached(reached) && { reached }), ahead: isOfThisLife ? ahead : newest };
}

const hasRead = (ranges: readonly ReadRange[], { epoch, last }: Watermark): boolean =>
  ranges.length > 0 &&
  ranges.every(
    (range) =>
      range.epoch === epoch &&
      range.sequence >= Math.max(...last.slice(range.firstPartition, range.lastPartition + 1)),
  );

/** A time that is held back until all that belongs before it is in the log. */
export interface Pending {
  readonly time: Date;
  /** Calls that were due by now must have been tried. */
  readonly since: Date;
  /** Set once they have: rows of the outbox up to this one must be gone. */
  readonly lastOutboxId?: bigint;
}

/**
 * After a look: what is pending, and the watermark if one has settled. `time`: the minimum of the reached watermarks'
 * times; undefined: there is none yet.
 */
export function settle(
  pending: Pending | undefined,
  look: Look,
  time: Date | undefined,
): { readonly pending: Pending | undefined; readonly settled: Watermark | undefined } {
  const before = pending && hold(pending, look);
  if (before && !isSettled(before, look)) return { pending: before, settled: undefined };
  const next = time && hold({ time, since: look.time }, look);
  const settled = next && isSettled(next, look) ? next : before;
  return {
    pending: next === settled ? undefined : next,
    settled: settled && { ...look.position, time: settled.time },
  };
}

function hold(pending: Pending, { untriedSince, newestOutboxId }: Look): Pending {
  const isUntried = untriedSince !== undefined && untriedSince <= pending.since;
  if (pending.lastOutboxId !== undefined || isUntried) return pending;
  return { ...pending, lastOutboxId: newestOutboxId ?? 0n };
}

const isSettled = ({ lastOutboxId }: Pending, { oldestOutboxId }: Look): boolean =>
  lastOutboxId !== undefined && (oldestOutboxId === undefined || oldestOutboxId > lastOutboxId);

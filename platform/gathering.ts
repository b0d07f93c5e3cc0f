/**
 * How long a loop that works batch by batch lets the next batch gather. What a batch costs by itself (round trips, a
 * commit, a sync) is shared by all that is in it. A loop that begins again at once makes its batches as small as the
 * machine is fast, and so takes all of it at any load, from those whose answer somebody waits for. So batches begin no
 * closer together than some interval: what comes alone finds that it has passed, and is not kept waiting. Where batches
 * take long the machine has much to do, and the next one gathers for longer.
 */

export interface Gathering {
  /** From the beginning of a batch to that of the next, at least. */
  readonly everyMs: number;
  /** A batch that took no longer asks for no further wait. */
  readonly quickMs: number;
  /** How many times what it took beyond that to wait after its end. */
  readonly factor: number;
  /** At most so long after its end. */
  readonly maxMs: number;
}

/** Of commands that come by rpc (commandQueue.ts): somebody waits for each. */
export const GATHER_COMMANDS_MS = 10;
/** Of commands that follow from events: nobody waits for the answer. */
export const GATHER_REACTIONS: Gathering = { everyMs: 100, quickMs: 10, factor: 3, maxMs: 150 };
/** Of what goes into the log: each publish costs the server a few milliseconds, however little is in it. */
export const GATHER_EVENTS: Gathering = { everyMs: 40, quickMs: 10, factor: 1, maxMs: 40 };

/**
 * After the end of a batch. `tookMs`: what it took. `filled`: which share of the most that a batch may hold was in it, 0 to 1.
 */
export function gatherMs(
  { everyMs, quickMs, factor, maxMs }: Gathering,
  tookMs: number,
  filled: number,
): number {
  // Where a good part of a batch is there already, a larger one saves little.
  if (filled >= 0.5) return 0;
  return Math.max(everyMs - tookMs, Math.min(maxMs, Math.max(0, tookMs - quickMs) * factor));
}

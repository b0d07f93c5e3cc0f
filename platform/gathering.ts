/**
 * How long a loop that works batch by batch lets the next batch gather: not at all where batches are quick, longer the longer
 * they take. What a batch costs by itself (round trips, a commit, a sync) is shared by all that is in it, so that a machine
 * with much to do does less for each; one that has room to spare answers at once.
 */

export interface Gathering {
  /** A batch that took no longer asks for no wait. */
  readonly quickMs: number;
  /** How many times what it took beyond that. */
  readonly factor: number;
  readonly maxMs: number;
}

/** Of commands that follow from events: nobody waits for the answer. */
export const GATHER_REACTIONS: Gathering = { quickMs: 10, factor: 2, maxMs: 50 };
/** Of what goes into the log: everybody waits for it. */
export const GATHER_EVENTS: Gathering = { quickMs: 10, factor: 1, maxMs: 25 };

/** `tookMs`: what the last batch took. `filled`: which share of the most that a batch may hold was in it, 0 to 1. */
export function gatherMs({ quickMs, factor, maxMs }: Gathering, tookMs: number, filled: number): number {
  // Where a good part of a batch is there already, a larger one saves little.
  if (filled >= 0.5) return 0;
  return Math.min(maxMs, Math.max(0, tookMs - quickMs) * factor);
}

/**
 * Durations as counts in buckets whose bounds grow by a constant factor: the DDSketch of Masson, Rim and Lee ("DDSketch: a fast
 * and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019). Counts of several histograms simply add up,
 * and a quantile is off by at most 2 % of itself; below a millisecond, by a millisecond. From a millisecond to a month are
 * some 540 buckets.
 */

/** The bound on the relative error. */
export const RELATIVE_ERROR = 0.02;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);

/** The bucket of a duration in milliseconds. 0: at most one; a negative one, of a clock that was set back, counts as none. */
export const bucketOf = (ms: number): number => (ms <= 1 ? 0 : Math.ceil(Math.log(ms) / LOG_GAMMA));

/** What a duration in that bucket counts as, in milliseconds: within the bound of any in it. */
export const durationOf = (bucket: number): number => (bucket <= 0 ? 1 : (2 * GAMMA ** bucket) / (GAMMA + 1));

export interface BucketCount {
  readonly bucket: number;
  readonly count: bigint;
}

/**
 * The duration in milliseconds that `percent` of 100 are at or below, by the nearest rank; undefined: there are none. `buckets`
 * in any order, each once.
 */
export function percentileOf(buckets: readonly BucketCount[], percent: number): number | undefined {
  const total = buckets.reduce((sum, { count }) => sum + count, 0n);
  const rank = (total * BigInt(percent) + 99n) / 100n;
  let seen = 0n;
  for (const { bucket, count } of [...buckets].sort((a, b) => a.bucket - b.bucket)) {
    seen += count;
    if (count > 0n && seen >= rank) return durationOf(bucket);
  }
  return undefined;
}

/**
 * How long events take from their commit to where they can be seen: counts by bounds, as Prometheus keeps a histogram. Counts
 * grow for as long as their process lives, so that what happened in between is the difference of two looks.
 */

/** Upper bounds in milliseconds; what takes longer is counted behind the last. */
export const LAG_BOUNDS_MS = [
  5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
] as const;

export interface LagHistogram {
  /** One for each bound, and one for what lies beyond; each event in one of them. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

export interface Lags {
  observe(lagMs: number): void;
  seen(): LagHistogram;
}

export function createLags(): Lags {
  const counts = new Array<number>(LAG_BOUNDS_MS.length + 1).fill(0);
  let sumMs = 0;
  return {
    observe(lagMs) {
      // Clocks of two machines differ: what was seen before it was committed took no time.
      const took = Math.max(0, lagMs);
      const at = LAG_BOUNDS_MS.findIndex((bound) => took <= bound);
      const bucket = at < 0 ? LAG_BOUNDS_MS.length : at;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      sumMs += took;
    },
    seen: () => ({ counts: [...counts], sumMs }),
  };
}

/** What came between two looks; all of the later one, if the process began anew in between. */
export function lagsBetween(before: LagHistogram | undefined, after: LagHistogram): LagHistogram {
  const counts = after.counts.map((count, at) => count - (before?.counts[at] ?? 0));
  if (!before || counts.some((count) => count < 0)) return after;
  return { counts, sumMs: after.sumMs - before.sumMs };
}

export const countOf = ({ counts }: LagHistogram): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * The lag that a share of the events stayed within, in milliseconds, by a straight line within its bucket; undefined: there were
 * none. Beyond the last bound it is that bound.
 */
export function lagQuantile(lags: LagHistogram, share: number): number | undefined {
  const wanted = share * countOf(lags);
  if (wanted === 0) return undefined;
  let below = 0;
  for (const [at, count] of lags.counts.entries()) {
    const from = LAG_BOUNDS_MS[at - 1] ?? 0;
    const to = LAG_BOUNDS_MS[at] ?? from;
    if (below + count >= wanted) return from + ((wanted - below) / count) * (to - from);
    below += count;
  }
  return LAG_BOUNDS_MS.at(-1);
}

/**
 * How long a command that came now would be in the system, by Little's law: what is there already and itself, at the rate at
 * which commands were done lately. Whoever is refused where that is beyond his share of the deadline lets as many in as are
 * answered in time, whatever it is that makes them slow: while they take less than that, the next ones are let in by that
 * factor more. It is the gradient of adaptive concurrency limits (Netflix concurrency-limits, Envoy's adaptive concurrency)
 * with the deadline in the place of a shortest time measured in a calm: what a calm was like tells nothing once refusals,
 * neighbours or the database have slowed everything down, and a limit that compares with it closes for good.
 *
 * Only what was done counts as done: commands that were dropped at their deadlines would make a system look quick that does
 * nothing. A few are let in whatever was measured, since nothing can be learnt of an empty system. And as long as commands
 * are quick nothing is concluded: a burst after a calm is no overload.
 */

/** A command on its way. */
export interface Visit {
  readonly cameMs: number;
}

export interface Sojourn {
  enter(): Visit;
  /** These were done together. */
  leave(visits: readonly Visit[]): void;
  /** These were given up before they were begun. */
  drop(visits: readonly Visit[]): void;
  /** In ms. */
  estimateMs(): number;
}

/** Shorter than this, and there is no congestion. */
const QUICK_MS = 50;
/** So many are always let in. */
const FEW = 32;
/** What is left of the measurements with each flush. */
const MEMORY = 0.7;
/** The oldest has been there for so many times the usual: the system stands still. */
const STALLED = 2;

export function createSojourn(now = () => performance.now()): Sojourn {
  const present = new Set<Visit>();
  /** Sums over what was done, the older the less: how many, how long they took, and the time in which they were done. */
  let [done, tookMs, busyMs] = [0, 0, 0];
  /** The end of the last flush, or of the last calm. */
  let sinceMs = now();

  function remove(visits: readonly Visit[]): void {
    for (const visit of visits) present.delete(visit);
  }

  return {
    enter() {
      const visit = { cameMs: now() };
      if (present.size === 0) sinceMs = now();
      present.add(visit);
      return visit;
    },
    leave(visits) {
      if (visits.length === 0) return;
      remove(visits);
      done = done * MEMORY + visits.length;
      tookMs = visits.reduce((sum, { cameMs }) => sum + now() - cameMs, tookMs * MEMORY);
      busyMs = busyMs * MEMORY + now() - sinceMs;
      sinceMs = now();
    },
    drop: remove,
    estimateMs() {
      if (present.size < FEW) return 0;
      const usualMs = done === 0 ? 0 : tookMs / done;
      const [oldest] = present;
      const oldestMs = oldest ? now() - oldest.cameMs : 0;
      const stalledMs = oldestMs > Math.max(QUICK_MS, STALLED * usualMs) ? oldestMs : 0;
      if (usualMs < QUICK_MS) return stalledMs;
      // Where nothing has been done for longer than is remembered, that is what the rate is now.
      const msEach = Math.max(busyMs, now() - sinceMs) / done;
      return Math.max(stalledMs, msEach * (present.size + 1));
    },
  };
}

/**
 * How long a command that came now would be in the system, by Little's law: what is there already and itself, at the rate at
 * which commands went through lately. Whoever is refused where that is beyond its deadline lets as many in as are answered
 * in time, whatever it is that makes them slow: while they take less than the deadline allows, the next ones are let in by
 * that factor more. It is the gradient of adaptive concurrency limits (Netflix concurrency-limits, Envoy's adaptive
 * concurrency) with the deadline in the place of a shortest time measured in a calm: what a calm was like tells nothing once
 * refusals, neighbours or the database have slowed everything down, and a limit that compares with it closes for good.
 *
 * A few are let in whatever was measured, since nothing can be learnt of an empty system. And as long as commands are quick
 * nothing is concluded: a burst after a calm is no overload.
 */

/** A command on its way. */
export interface Visit {
  readonly cameMs: number;
  /** How many were in the system, itself included. */
  readonly company: number;
}

export interface Sojourn {
  enter(): Visit;
  /** These were answered, or dropped, together. */
  leave(visits: readonly Visit[]): void;
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
  /** Sums over commands that left, the older the less. */
  let [count, tookMs, company] = [0, 0, 0];
  return {
    enter() {
      const visit = { cameMs: now(), company: present.size + 1 };
      present.add(visit);
      return visit;
    },
    leave(visits) {
      if (visits.length === 0) return;
      [count, tookMs, company] = [count * MEMORY, tookMs * MEMORY, company * MEMORY];
      for (const visit of visits) {
        present.delete(visit);
        count += 1;
        tookMs += now() - visit.cameMs;
        company += visit.company;
      }
    },
    estimateMs() {
      if (present.size < FEW) return 0;
      const usualMs = count === 0 ? 0 : tookMs / count;
      const [oldest] = present;
      const oldestMs = oldest ? now() - oldest.cameMs : 0;
      const stalledMs = oldestMs > Math.max(QUICK_MS, STALLED * usualMs) ? oldestMs : 0;
      if (usualMs < QUICK_MS) return stalledMs;
      return Math.max(stalledMs, (tookMs / company) * (present.size + 1));
    },
  };
}

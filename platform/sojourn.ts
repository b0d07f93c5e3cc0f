/**
 * How long a command that came now would be in the system: what it takes in a calm, and for each command that is there the
 * time that each cost lately (Little's law). As long as commands were quick nothing is concluded: a burst after a calm is no
 * overload, and one big batch takes hardly longer than a small one.
 *
 * It serves to refuse at once what could not be answered in time. An estimate, relied on for nothing else; with nothing in
 * the system it is 0, so that it always finds its way back.
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
/** Of what was answered last, in the mean. */
const WEIGHT = 0.3;
/** By how much the time of a calm is forgotten with each answer. */
const FORGET = 1.02;

export function createSojourn(now = () => performance.now()): Sojourn {
  let inSystem = 0;
  let tookMs = 0;
  let calmMs = Number.POSITIVE_INFINITY;
  let msPerCommand = 0;
  const follow = (mean: number, latest: number) => mean + WEIGHT * (latest - mean);
  return {
    enter() {
      inSystem += 1;
      return { cameMs: now(), company: inSystem };
    },
    leave(visits) {
      inSystem -= visits.length;
      if (visits.length === 0) return;
      const mean = (of: (visit: Visit) => number) =>
        visits.reduce((sum, visit) => sum + of(visit), 0) / visits.length;
      const latestMs = mean(({ cameMs }) => now() - cameMs);
      tookMs = follow(tookMs, latestMs);
      calmMs = Math.min(calmMs * FORGET, latestMs);
      msPerCommand = follow(msPerCommand, (latestMs - calmMs) / mean(({ company }) => company));
    },
    estimateMs: () => (inSystem === 0 || tookMs < QUICK_MS ? 0 : calmMs + msPerCommand * inSystem),
  };
}

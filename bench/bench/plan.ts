/** How long and how much: told with the figures. */

export interface Plan {
  readonly rounds: number;
  /** Of one turn of one thing, about. */
  readonly seconds: number;
  /** Closed loop: each calls again as soon as it is answered. The best of them is used. */
  readonly callers: readonly number[];
  /** Before anything is measured, of each thing; with each number of callers. Compilers need most of a minute of it. */
  readonly warmUpSeconds: number;
  /** Of one turn of a stage or of its limit: one process, warm sooner. */
  readonly stageSeconds: number;
  /** Each share of the all-in rate so many times. */
  readonly latencyRounds: number;
  /** By the clock, of one of them. */
  readonly latencySeconds: number;
  readonly probesPerSecond: number;
  /** Orders that there are, at each measurement of growth. */
  readonly growth: readonly number[];
  readonly soakSeconds: number;
}

/** Shares of the all-in rate at which latencies are measured. */
export const LOADS = [0.25, 0.5, 0.75] as const;
/** Processes that generate load. */
export const GENERATORS = 2;

/** About two hours. */
export const fullPlan: Plan = {
  rounds: 5,
  // A turn begins with nothing under way and ends when nothing is: what that costs is to be a small part.
  seconds: 20,
  callers: [64, 256, 512],
  warmUpSeconds: 20,
  stageSeconds: 6,
  latencyRounds: 3,
  // With the probes a second: a thousand orders of each load are followed, ten of which are above the 99th percentile.
  latencySeconds: 35,
  probesPerSecond: 10,
  growth: [1_000, 100_000, 1_000_000],
  soakSeconds: 600,
};

/** Below ten minutes, to see that all works: its figures are rough. */
export const quickPlan: Plan = {
  rounds: 2,
  seconds: 3,
  callers: [256],
  warmUpSeconds: 2,
  stageSeconds: 3,
  latencyRounds: 1,
  latencySeconds: 6,
  probesPerSecond: 10,
  growth: [1_000, 10_000],
  soakSeconds: 20,
};

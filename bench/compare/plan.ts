/** How long and how much: the same for every architecture of a run, and told with its figures. */

export interface Plan {
  readonly rounds: number;
  /** Before anything is measured. */
  readonly warmUpSeconds: number;
  /** Closed loop: each caller asks again as soon as it is answered. */
  readonly callers: number;
  readonly capacitySeconds: number;
  /** Nothing is asked: what it costs to be there. */
  readonly idleSeconds: number;
  /** Reads alone, by the clock. */
  readonly readSeconds: number;
  /** Orders and reads together, by the clock: before, during and after the payment provider's outage. */
  readonly calmSeconds: number;
  readonly outageSeconds: number;
  readonly afterSeconds: number;
  readonly ordersPerSecond: number;
  /** Of each kind. */
  readonly readsPerSecond: Readonly<Record<'byId' | 'list' | 'filter' | 'text', number>>;
  /** One of so many orders is read back until the reads agree. */
  readonly probeEvery: number;
  /** How long Payment's breaker stays open. */
  readonly breakerMs: number;
}

/** Well below what the slowest architecture can do on two cores: above it, latencies would only tell of queues. */
const load = {
  callers: 32,
  ordersPerSecond: 10,
  readsPerSecond: { byId: 12, list: 5, filter: 2, text: 2 },
  probeEvery: 10,
};

/** About 15 minutes on a quiet machine of two cores. The breaker is the one that is run in production. */
export const fullPlan: Plan = {
  ...load,
  rounds: 2,
  warmUpSeconds: 4,
  capacitySeconds: 8,
  idleSeconds: 2,
  readSeconds: 4,
  calmSeconds: 12,
  outageSeconds: 4,
  afterSeconds: 30,
  breakerMs: 30_000,
};

/** About 3 minutes, to see that all works: too short for figures to lean on. */
export const quickPlan: Plan = {
  ...load,
  rounds: 1,
  warmUpSeconds: 1,
  capacitySeconds: 2,
  idleSeconds: 1,
  readSeconds: 2,
  calmSeconds: 3,
  outageSeconds: 1,
  afterSeconds: 5,
  breakerMs: 3_000,
};

/** Of one architecture in one round, without starting, waiting for its end, auditing and stopping. */
export const loadSeconds = (plan: Plan): number =>
  plan.warmUpSeconds +
  plan.capacitySeconds +
  plan.idleSeconds +
  plan.readSeconds +
  plan.calmSeconds +
  plan.outageSeconds +
  plan.afterSeconds;

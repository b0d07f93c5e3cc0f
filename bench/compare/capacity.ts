/** All the orders that an architecture can do: a closed loop of callers, counted until the last saga has ended. */
import type { Bed } from './bed.ts';
import type { Capacity } from './figures.ts';
import { ends, type Placed, place } from './placing.ts';
import { cpuBetween, usage } from './processes.ts';
import { round } from './quantiles.ts';
import { orderWish } from './workload.ts';

export interface CapacityResult {
  readonly figures: Capacity;
  readonly placed: readonly Placed[];
  /** By process, of one order. */
  readonly cpuMsPerOrder: ReadonlyMap<string, number>;
}

/** The last orders end last, or nearly so: while they are open, the others need no look. */
const LAST = 32;

/** Orders from the `first` on. */
export async function measureCapacity(bed: Bed, first: number, seconds: number): Promise<CapacityResult> {
  const before = usage(bed.system);
  const startedMs = performance.now();
  const placed = await closedLoop(bed, first, seconds);
  const answeredMs = performance.now();
  const ids = placed.map(({ orderId }) => orderId);
  await ends(bed, ids.slice(-LAST));
  const cpu = cpuBetween(before, usage(bed.system));
  const all = await ends(bed, ids);
  const endedMs = Math.max(...[...all.values()].map((each) => each.endedMs));
  const perSecond = (untilMs: number) => round(placed.length / ((untilMs - startedMs) / 1_000), 1);
  return {
    figures: {
      orders: placed.length,
      endedPerSecond: perSecond(Math.max(endedMs, answeredMs)),
      answeredPerSecond: perSecond(answeredMs),
      refusals: placed.reduce((sum, { refusals }) => sum + refusals, 0),
    },
    placed,
    cpuMsPerOrder: new Map([...cpu].map(([name, ms]) => [name, ms / placed.length])),
  };
}

export async function closedLoop(bed: Bed, first: number, seconds: number): Promise<readonly Placed[]> {
  const untilMs = performance.now() + seconds * 1_000;
  const placed: Placed[] = [];
  let n = first;
  const caller = async () => {
    while (performance.now() < untilMs) placed.push(await place(bed, orderWish(n++), performance.now()));
  };
  await Promise.all(Array.from({ length: bed.plan.callers }, caller));
  return placed;
}

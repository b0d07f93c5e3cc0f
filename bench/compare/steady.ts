/**
 * Orders and reads by the clock, and in the middle of them the payment provider is down for a while: what a write takes when
 * all is well, what the outage does to orders, and how long reads lag behind writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from './bed.ts';
import type { Outage, Run } from './figures.ts';
import { openLoop } from './openLoop.ts';
import { type Followed, outageOf, steadyOf } from './outage.ts';
import { ends, type Placed, place } from './placing.ts';
import { createProbes } from './probe.ts';
import type { Reads } from './reading.ts';
import { orderWish, probeWish } from './workload.ts';

export interface SteadyResult extends Pick<Run, 'steady' | 'agreement'> {
  readonly outage: Outage;
  readonly orders: number;
}

/** Orders from the `first` on. */
export async function measureSteady(bed: Bed, first: number, reads: Reads): Promise<SteadyResult> {
  const { plan } = bed;
  const seconds = plan.calmSeconds + plan.outageSeconds + plan.afterSeconds;
  const probes = createProbes(bed);
  const placed: Placed[] = [];

  const order = async (n: number, dueMs: number) => {
    const isProbe = n % plan.probeEvery === 0;
    const one = await place(bed, isProbe ? probeWish(first + n) : orderWish(first + n), dueMs);
    placed.push(one);
    if (isProbe) await probes.follow(one);
  };
  const outage = async () => {
    await sleep(plan.calmSeconds * 1_000);
    const fromMs = performance.now();
    await bed.setProvider('down');
    await sleep(plan.outageSeconds * 1_000);
    await bed.setProvider('none');
    return { fromMs, untilMs: performance.now() };
  };
  const [down] = await Promise.all([
    outage(),
    openLoop({ perSecond: plan.ordersPerSecond, seconds }, order),
    reads.run(seconds),
  ]);
  const ended = await ends(
    bed,
    placed.map(({ orderId }) => orderId),
  );
  const followed = placed.flatMap((each): Followed[] => {
    const end = ended.get(each.orderId);
    return end ? [{ ...each, ...end, wanted: each.wish.end }] : [];
  });
  return {
    steady: steadyOf(followed, down.fromMs),
    outage: outageOf(followed, down),
    agreement: probes.figures(),
    orders: placed.length,
  };
}

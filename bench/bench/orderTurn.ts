/**
 * As many orders as a system can do: callers that place them by gRPC, each again as soon as it is answered, until so many are
 * placed; counted until all of them have ended in the read model. An order that is only accepted is not done.
 */

import { cpuBetween, ownServices, usage } from '../compare/processes.ts';
import { round } from '../compare/quantiles.ts';
import { acceptedOf, generateBy, refusedOf, type Together } from '../load/generate.ts';
import { watchMemory } from '../load/memory.ts';
import type { Wishes } from '../load/wishes.ts';
import { createPace } from '../stages/pace.ts';
import { type Bed, SKUS } from './bed.ts';
import { watchEnds } from './ends.ts';
import type { Turn } from './measure.ts';
import { GENERATORS } from './plan.ts';
import type { Turning } from './turns.ts';

export interface OrderTurn extends Turn {
  readonly orders: number;
  /** Calls that were not accepted. */
  readonly refused: number;
  /** By process. */
  readonly cpuMsPerOrder: ReadonlyMap<string, number>;
  /** By service: resident, at its most. */
  readonly memoryMb: ReadonlyMap<string, number>;
}

export interface OrderLoad {
  readonly name: string;
  readonly callers: number;
  readonly wishes: Wishes;
  /** Replicas of Order, with commas between; unset: the one that the system has. */
  readonly address?: string;
  /** A turn goes on from the one before it: nothing is settled in between. */
  readonly goesOn?: true;
  /** Orders a second, before the first turn has told. */
  readonly guess: number;
}

/** Two lines an order, one of twenty declined. */
export const USUAL: Wishes = { skus: SKUS, lines: 2, customers: 1_000, declinedOf: 20 };

const TIMEOUT_MS = 30_000;
const LONGEST_S = 3_600;

export type OrderTurns = Turning<OrderTurn>;

export function orderTurns(bed: Bed, load: OrderLoad): OrderTurns {
  const pace = createPace(load.guess);
  let refused = 0;
  return {
    name: load.name,
    unit: 'orders/s',
    async run(seconds, say) {
      // A turn that is too short shows how long an order takes, and not how many are done: it must not make the next shorter still.
      const orders = Math.max(pace.amount(seconds), Math.min(load.callers, load.guess * seconds));
      const turn = await placeAll(bed, load, orders, say);
      pace.was(turn.rate);
      refused += turn.refused;
      return { ...turn, detail: { ...turn.detail, 'not accepted, warm-up included': refused } };
    },
  };
}

async function placeAll(
  bed: Bed,
  { callers, wishes, goesOn, address = bed.system.addresses.order }: OrderLoad,
  calls: number,
  say: (line: string) => void,
): Promise<OrderTurn> {
  const { system, readModel } = bed;
  const untilEnded = await watchEnds(bed);
  if (!goesOn) await bed.settle();
  const services = ownServices(system).filter(({ pid }) => pid !== undefined);
  const memories = new Map(services.map(({ name, pid }) => [name, watchMemory(pid)]));
  const watch = await readModel.watch();
  const used = usage(system);
  say(`placing ${calls} orders`);
  const order = { address, seconds: LONGEST_S, timeoutMs: TIMEOUT_MS };
  try {
    const placed = await generateBy(GENERATORS, { ...order, callers, calls, wishes }, bed.signal);
    const orders = await untilEnded(placed, say);
    const cpu = cpuBetween(used, usage(system));
    const refused = refusedOf(placed);
    // From the first call: that the generators start is no part of it.
    const seconds = Math.max((watch.lastMoveMs() - placed.startedMs) / 1_000, placed.seconds);
    return {
      rate: orders / seconds,
      orders,
      refused,
      cpuMsPerOrder: new Map([...cpu].map(([name, ms]) => [name, ms / orders])),
      memoryMb: new Map([...memories].map(([name, memory]) => [name, memory().most])),
      detail: detailOf(placed, { callers, orders, refused, seconds }),
    };
  } finally {
    for (const memory of memories.values()) memory();
    watch.stop();
  }
}

const detailOf = (
  { statuses, seconds: placing, processors }: Together,
  {
    callers,
    orders,
    refused,
    seconds,
  }: {
    readonly callers: number;
    readonly orders: number;
    readonly refused: number;
    readonly seconds: number;
  },
) => ({
  callers,
  orders,
  'accepted/s': round(acceptedOf({ statuses }) / placing, 1),
  'not accepted': refused,
  seconds: round(seconds, 1),
  'processors of the generators': round((processors * placing) / seconds, 2),
});

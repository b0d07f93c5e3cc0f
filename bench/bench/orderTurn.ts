/**
 * As many orders as a system can do: callers that place them by gRPC, each again as soon as it is answered, until so many are
 * placed; counted until all of them have ended in the read model. An order that is only accepted is not done.
 */

import { cpuBetween, ownServices, usage } from '../compare/processes.ts';
import { round } from '../compare/quantiles.ts';
import { generateBy, type Together } from '../load/generate.ts';
import { watchMemory } from '../load/memory.ts';
import type { Wishes } from '../load/wishes.ts';
import { createPace } from '../stages/pace.ts';
import { type Bed, SKUS } from './bed.ts';
import type { Turn } from './measure.ts';
import { GENERATORS } from './plan.ts';
import type { Counts } from './readModel.ts';
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
const OK = '0';
const DECLINED_WITHIN = 0.1;

export interface OrderTurns extends Turning<OrderTurn> {
  run(seconds: number, say: (line: string) => void): Promise<OrderTurn>;
  /** A turn of so many orders. */
  place(orders: number, say: (line: string) => void): Promise<OrderTurn>;
}

export function orderTurns(bed: Bed, load: OrderLoad): OrderTurns {
  const pace = createPace(load.guess);
  let refused = 0;
  async function place(orders: number, say: (line: string) => void): Promise<OrderTurn> {
    const turn = await placeAll(bed, load, orders, say);
    pace.was(turn.rate);
    refused += turn.refused;
    return { ...turn, detail: { ...turn.detail, 'refused in all turns': refused } };
  }
  return {
    name: load.name,
    unit: 'orders/s',
    // A turn that is too short shows how long an order takes, and not how many are done: it must not make the next shorter still.
    run: (seconds, say) =>
      place(Math.max(pace.amount(seconds), Math.min(load.callers, load.guess * seconds)), say),
    place,
  };
}

async function placeAll(
  bed: Bed,
  { callers, wishes, goesOn, address = bed.system.addresses.order }: OrderLoad,
  calls: number,
  say: (line: string) => void,
): Promise<OrderTurn> {
  const { system, readModel } = bed;
  const before = await readModel.count();
  if (!goesOn) await bed.settle();
  const services = ownServices(system).filter(({ pid }) => pid !== undefined);
  const memories = new Map(services.map(({ name, pid }) => [name, watchMemory(pid)]));
  const watch = await readModel.watch();
  const restartsBefore = new Map(services.map(({ name, restarts }) => [name, restarts]));
  const used = usage(system);
  const startedMs = performance.now();
  say(`placing ${calls} orders`);
  const order = { address, seconds: LONGEST_S, timeoutMs: TIMEOUT_MS };
  try {
    const placed = await generateBy(GENERATORS, { ...order, callers, calls, wishes }, bed.signal);
    const after = await readModel.untilEnded(before.ended + (placed.statuses[OK] ?? 0), say);
    const fallen = services.filter(({ name, restarts }) => restarts !== restartsBefore.get(name));
    if (fallen.length > 0)
      throw new Error(
        `${fallen.map(({ name }) => name).join(' and ')} ended meanwhile, and had to be started again`,
      );
    const cpu = cpuBetween(used, usage(system));
    assertEnds(before, after, wishes);
    const orders = after.ended - before.ended;
    const refused = refusedOf(placed);
    const seconds = Math.max((watch.lastMoveMs() - startedMs) / 1_000, placed.seconds);
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

export const refusedOf = ({ statuses }: Pick<Together, 'statuses'>): number =>
  Object.entries(statuses).reduce((sum, [status, n]) => sum + (status === OK ? 0 : n), 0);

/**
 * Throws unless orders have ended as they were to: what is declined is cancelled, and all else completed. A system that lets
 * them run into their deadlines, or rejects what it has, is no quicker for it.
 */
export function assertEnds(
  before: Pick<Counts, 'byStatus'>,
  after: Pick<Counts, 'byStatus'>,
  { declinedOf }: Pick<Wishes, 'declinedOf'>,
): void {
  const ended = new Map(
    [...after.byStatus].map(([status, count]) => [status, count - (before.byStatus.get(status) ?? 0)]),
  );
  const all = [...ended.values()].reduce((sum, count) => sum + count, 0);
  const cancelled = ended.get('ORDER_STATUS_CANCELLED') ?? 0;
  const others = all - cancelled - (ended.get('ORDER_STATUS_COMPLETED') ?? 0);
  const declined = declinedOf > 0 ? all / declinedOf : 0;
  // Each generator counts for itself, and a call that was refused may have been one that is declined.
  const tolerance = GENERATORS + declined * DECLINED_WITHIN;
  if (others === 0 && Math.abs(cancelled - declined) <= tolerance) return;
  const told = [...ended].map(([status, count]) => `${count} ${status}`).join(', ');
  throw new Error(`orders ended otherwise than they were to, with ${declined} declined of ${all}: ${told}`);
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
  'answered/s': round((statuses[OK] ?? 0) / placing, 1),
  refused,
  seconds: round(seconds, 1),
  'processors of the generators': round((processors * placing) / seconds, 2),
});

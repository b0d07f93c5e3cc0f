/** How long after a write's answer reads agree with it: reads again and again until one shows what was answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../e2e/support/orders.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { Bed } from './bed.ts';
import type { Agreement } from './figures.ts';
import type { Placed } from './placing.ts';
import { quantilesOf } from './quantiles.ts';

type Kind = 'byId' | 'list';

export interface Probes {
  /** Reads one order back, in both ways at once. Its customer has no other. */
  follow(placed: Placed): Promise<void>;
  figures(): Readonly<Record<Kind, Agreement>>;
}

/** Looking must not be the load that it looks at: a search each time, while the read model catches up. */
const PAUSE_MS = 50;
const GIVE_UP_MS = 60_000;

export function createProbes(bed: Bed): Probes {
  const seen: Record<Kind, { timesMs: number[]; firstReads: number; unseen: number }> = {
    byId: { timesMs: [], firstReads: 0, unseen: 0 },
    list: { timesMs: [], firstReads: 0, unseen: 0 },
  };

  async function until(kind: Kind, placed: Placed): Promise<void> {
    const own = seen[kind];
    for (let reads = 1; ; reads++) {
      const isSeen = await isIn(bed, kind, placed);
      const tookMs = performance.now() - placed.answeredMs;
      if (isSeen || tookMs > GIVE_UP_MS) {
        own.timesMs.push(tookMs);
        if (isSeen && reads === 1) own.firstReads++;
        if (!isSeen) own.unseen++;
        return;
      }
      await sleep(PAUSE_MS);
    }
  }

  const figuresOf = (kind: Kind): Agreement => {
    const { timesMs, firstReads, unseen } = seen[kind];
    return { time: quantilesOf(timesMs), firstReads, unseen };
  };
  return {
    async follow(placed) {
      await Promise.all([until('byId', placed), until('list', placed)]);
    },
    figures: () => ({ byId: figuresOf('byId'), list: figuresOf('list') }),
  };
}

/** A read that fails shows nothing. What was answered as ended must be read as ended; else it is enough that it is there. */
async function isIn(bed: Bed, kind: Kind, placed: Placed): Promise<boolean> {
  try {
    const status = await statusIn(bed, kind, placed);
    return status !== undefined && (hasEnded(status) || !hasEnded(placed.status));
  } catch (error) {
    if (error instanceof OrderlogError) return false;
    throw error;
  }
}

/** Undefined: it is not there yet. */
async function statusIn(
  { query }: Bed,
  kind: Kind,
  { orderId, wish }: Placed,
): Promise<OrderStatus | undefined> {
  const consistencyToken = '';
  if (kind === 'byId') return (await query.getOrder({ orderId, consistencyToken })).order?.status;
  const request = { customerId: wish.customerId, pageSize: 1, pageToken: '', consistencyToken };
  const { orders } = await query.listCustomerOrders(request);
  return orders.find((order) => order.orderId === orderId)?.status;
}

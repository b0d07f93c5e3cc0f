/**
 * Orders that a peer has accepted and goes on with by itself, as Orderlog does: waited for until all of them have ended.
 *
 * Each order of the load is charged exactly once, near its end, so the provider's ledger tells nearly all of it, and asking it
 * costs the peer nothing; only then is the peer itself asked for what has not ended. When the last one ended is told by the peer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { same } from './checks.ts';
import type { Placed } from './generators.ts';
import type { OneWay } from './peer.ts';
import type { Charges, Provider } from './provider.ts';

export interface AllEnded {
  readonly charges: Charges;
  /** Orders that had been accepted and not yet charged when the last one had been accepted. */
  readonly underWay: number;
  /** By the clock. */
  readonly endedMs: number;
}

const LOOK_MS = 250;
/** Without any end. */
const GIVE_UP_MS = 120_000;

export async function untilAllEnded(
  oneWay: OneWay,
  provider: Provider,
  orders: number,
  signal: AbortSignal,
): Promise<AllEnded> {
  const charges = { captured: 0, declined: 0 };
  const notCharged = async () => {
    const { captured, declined } = await provider.charges();
    charges.captured += captured;
    charges.declined += declined;
    return orders - charges.captured - charges.declined;
  };
  const underWay = await notCharged();
  await untilNone('accepted orders have not been charged', signal, notCharged);
  await untilNone('orders have been charged and have not ended', signal, () => oneWay.underWay());
  return { charges, underWay, endedMs: await oneWay.lastEndMs() };
}

async function untilNone(what: string, signal: AbortSignal, look: () => Promise<number>): Promise<void> {
  let left: number | undefined;
  for (let movedMs = performance.now(); ; await sleep(LOOK_MS, undefined, { signal })) {
    const now = await look();
    if (now <= 0) return;
    if (now !== left) movedMs = performance.now();
    left = now;
    if (performance.now() - movedMs > GIVE_UP_MS)
      throw new Error(`${left} ${what}, and no fewer for ${GIVE_UP_MS / 1_000} s`);
  }
}

/** Throws unless the orders ended as they had to, or if they ended at a time when they cannot have. */
export async function checkAccepted(
  oneWay: OneWay,
  before: ReadonlyMap<string, number>,
  { ends, startedMs }: Placed,
  endedMs: number,
): Promise<void> {
  const after = await oneWay.byStatus();
  const ended = [...after]
    .map(([status, count]) => [status, count - (before.get(status) ?? 0)] as const)
    .filter(([, count]) => count !== 0);
  same(Object.fromEntries(ended), ends, 'accepted orders by how they ended');
  if (endedMs < startedMs || endedMs > Date.now())
    throw new Error(`the last order is said to have ended at ${new Date(endedMs).toISOString()}`);
}

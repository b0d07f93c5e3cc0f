/** That a peer does the saga right, or its rate is worth nothing: each end by hand, and the sums after each load. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Placed } from './generators.ts';
import { ask, askAll, type Peer } from './peer.ts';
import type { Charges, Provider } from './provider.ts';
import { type End, type OrderWish, priceOf, SKUS, SOLD_OUT, STOCK, skuOf } from './workload.ts';

const LAST_ONE = 'PEER-LAST-ONE';
/** That many want the last one at once. */
const RIVALS = 8;
const SKU_NAMES = Array.from({ length: SKUS }, (_, index) => skuOf(index));

/** Puts everything on sale. */
export async function stockUp(peer: Peer): Promise<void> {
  await askAll(SKU_NAMES, (sku, index) =>
    peer.put(sku, { available: STOCK, unitPriceMinor: priceOf(index) }),
  );
  await peer.put(SOLD_OUT, { available: 0, unitPriceMinor: 100 });
  await peer.put(LAST_ONE, { available: 1, unitPriceMinor: 100 });
}

/** Throws where an order ends otherwise than it must, or leaves other stock or charges behind. What it takes it says. */
export async function checkEnds(peer: Peer, provider: Provider): Promise<{ readonly units: number }> {
  const [first, second] = [skuOf(0), skuOf(1)];
  const lines = [
    { sku: first, quantity: 2 },
    { sku: second, quantity: 1 },
  ];
  await ends(peer, { lines, paymentToken: 'tok_ok' }, 'COMPLETED');
  await holds(peer, { [first]: STOCK - 2, [second]: STOCK - 1 });
  await ends(peer, { lines, paymentToken: 'tok_declined' }, 'CANCELLED');
  const tooMuch = [...lines, { sku: SOLD_OUT, quantity: 1 }];
  await ends(peer, { lines: tooMuch, paymentToken: 'tok_ok' }, 'REJECTED');
  await holds(peer, { [first]: STOCK - 2, [second]: STOCK - 1, [SOLD_OUT]: 0 });
  const rivals = Array.from({ length: RIVALS }, () =>
    place(peer, { lines: [{ sku: LAST_ONE, quantity: 1 }], paymentToken: 'tok_ok' }),
  );
  const winners = (await Promise.all(rivals)).filter(({ end }) => end === 'COMPLETED');
  same(winners.length, 1, 'orders that got the last one');
  await holds(peer, { [LAST_ONE]: 0 });
  same(await provider.charges(), { captured: 2, declined: 1 }, 'charges');
  return { units: 3 };
}

/** Throws where the stock is not what `units` leave of it, or what was charged is not what the load ended with. */
export async function checkSums(
  peer: Peer,
  charges: Charges,
  { COMPLETED = 0, CANCELLED = 0, REJECTED = 0 }: Placed['ends'],
  units: number,
): Promise<void> {
  same(REJECTED, 0, 'orders that were rejected although there was enough');
  same(charges, { captured: COMPLETED, declined: CANCELLED }, 'charges');
  const left = await peer.available(SKU_NAMES);
  const taken = left.reduce((sum, available) => sum + STOCK - available, 0);
  same(taken, units, 'units taken off the stock');
}

/** Throws with both, in one line. */
export const same = (actual: unknown, expected: unknown, what: string): void =>
  assert.deepEqual(
    actual,
    expected,
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
  );

async function place(peer: Peer, wish: OrderWish): Promise<{ readonly orderId: string; readonly end: End }> {
  const orderId = randomUUID();
  const answer = await ask(peer.placeUrl.replace('{id}', orderId), 'POST', wish);
  return { orderId, end: (answer as { status: End }).status };
}

/** As answered, and as read by id. */
async function ends(peer: Peer, wish: OrderWish, expected: End): Promise<void> {
  const { orderId, end } = await place(peer, wish);
  same(end, expected, 'how an order ended');
  same(await peer.status(orderId), expected, 'the status of an order that ended');
}

async function holds(peer: Peer, expected: Readonly<Record<string, number>>): Promise<void> {
  const skus = Object.keys(expected);
  const available = await peer.available(skus);
  same(Object.fromEntries(skus.map((sku, index) => [sku, available[index]])), expected, 'stock');
}

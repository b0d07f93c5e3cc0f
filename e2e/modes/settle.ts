/** Waits until the orders of a scenario have ended as it says, and holds everything that is known of them against it. */
import assert from 'node:assert/strict';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { placeUntilAccepted } from '../support/orders.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import { type Cast, type CastOrder, SAGA_MODES, totalOf } from './cast.ts';
import type { Ending } from './endings.ts';
import { type Observed, observe } from './observe.ts';
import { itemsOf, linesOf, onHandOf } from './scenario.ts';

const ENDS_WITHIN_MS = 60_000;
const CHECKED_WITHIN_MS = 30_000;

/** Throws what is not as it must be, and does not become so. */
export async function settle(bed: Bed, cast: Cast): Promise<void> {
  await until(() => assertEnded(bed, cast), ENDS_WITHIN_MS);
  await until(() => assertEndings(bed, cast), CHECKED_WITHIN_MS);
  for (const order of cast.orders) await assertAnswers(bed, order);
}

/** How they ended, and stock, money and log agree; right now. */
export async function assertEndings(bed: Bed, cast: Cast): Promise<void> {
  const ends = await Promise.all(cast.orders.map((order) => endOf(bed, cast, order)));
  const { tally = {} } = cast.scenario;
  for (const [status, count] of Object.entries(tally)) {
    assert.equal(ends.filter((end) => end.status === status).length, count, `orders that are ${status}`);
  }
  await assertStock(bed, cast, ends);
}

async function assertEnded({ orders }: Bed, { scenario, orders: cast }: Cast): Promise<void> {
  const statuses = await Promise.all(
    cast.map(async ({ orderId, plan }) => {
      const { order } = await orders.getOrder({ orderId });
      assert.ok(order);
      const status = orderStatusToJSON(order.status).replace('ORDER_STATUS_', '');
      const wanted = endingsOf(plan.ends ?? scenario.ends).map((ending): string => ending.status);
      return { orderId, status, isWanted: wanted.includes(status) };
    }),
  );
  assert.deepEqual(
    statuses.filter(({ isWanted }) => !isWanted),
    [],
    'orders that have not ended so',
  );
}

const endingsOf = (expected: Ending | readonly Ending[]): readonly Ending[] => [expected].flat();

/** The ending that it has. Throws if it has none of those that it may have. */
async function endOf(bed: Bed, cast: Cast, order: CastOrder): Promise<Ending> {
  const seen = await observe(bed, order.orderId);
  const allowed = endingsOf(order.plan.ends ?? cast.scenario.ends);
  const sameStatus = allowed.filter(({ status }) => status === seen.status);
  const ending = sameStatus.find(({ payment }) => payment === seen.payment) ?? sameStatus[0] ?? allowed[0];
  assert.ok(ending);
  assertSame(seen, ending);
  assert.equal(seen.order.sagaMode, SAGA_MODES[order.mode]);
  const amounts = seen.amounts.filter((amount) => amount !== undefined);
  const total = totalOf(cast, order);
  assert.deepEqual(
    amounts,
    amounts.map(() => total),
    'amounts',
  );
  return ending;
}

function assertSame(seen: Observed, ending: Ending): void {
  const { events, maybe, reason = '', ...plain } = ending;
  const { status, reservation, payment, charges, money } = seen;
  assert.deepEqual(
    { status, reason: seen.reason, reservation, payment, charges, money },
    { ...plain, reason },
  );
  assert.equal(new Set(seen.events).size, seen.events.length, `twice in ${seen.events.join(', ')}`);
  assert.deepEqual(seen.events.filter((type) => !maybe.includes(type)).sort(), [...events].sort());
}

/** What is not sold is free again; nothing is held. */
async function assertStock(
  bed: Bed,
  { scenario, skus, orders }: Cast,
  ends: readonly Ending[],
): Promise<void> {
  for (const [name, plan] of Object.entries(itemsOf(scenario))) {
    const sold = orders
      .filter((_, n) => ends[n]?.reservation === 'CONFIRMED')
      .flatMap((order) => linesOf(order.plan))
      .filter(({ item }) => item === name)
      .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
    const { item } = await bed.catalog.getItem({ sku: skus.get(name) ?? name });
    const wanted = { onHand: onHandOf(plan) + delivered(scenario, name) - sold, reserved: 0n };
    assert.deepEqual({ onHand: item?.onHand, reserved: item?.reserved }, wanted, `stock of ${name}`);
  }
}

const delivered = ({ when = [], meanwhile = [], afterwards = [] }: Cast['scenario'], name: string): bigint =>
  [...when, ...meanwhile, ...afterwards].reduce(
    (sum, step) => (step.do === 'deliver' && step.item === name ? sum + step.pieces : sum),
    0n,
  );

/** Every answer is the same, names the order and a status that it had; one more repeat gets it again. */
async function assertAnswers(bed: Bed, order: CastOrder): Promise<void> {
  const { orderId, request } = order;
  const answers = await Promise.all([...order.answers, placeUntilAccepted(bed.orders, request)]);
  const [first] = answers;
  assert.ok(first);
  for (const answer of answers) assert.deepEqual(answer, first, 'answers to one request');
  assert.equal(first.orderId, orderId);
  bed.journal.acknowledge({
    requestId: request.requestId,
    orderId,
    answer: JSON.stringify(first),
    askedAtMs: 0,
  });
  assert.ok((await statusesOf(bed, orderId)).includes(first.status), `it was never ${first.status}`);
}

/** All that the order has been. */
async function statusesOf({ orders }: Bed, orderId: string): Promise<readonly number[]> {
  const { order } = await orders.getOrder({ orderId });
  const versions = Array.from({ length: order?.version ?? 0 }, (_, n) => n + 1);
  const past = await Promise.all(versions.map((atVersion) => orders.getOrder({ orderId, atVersion })));
  return past.map((each) => each.order?.status ?? 0);
}

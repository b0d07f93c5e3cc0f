/** Waits until the orders of a scenario have ended as it says, and holds everything that is known of them against it. */
import assert from 'node:assert/strict';
import type { PlaceOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { placeUntilAccepted } from '../support/orders.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import { type Cast, type CastOrder, SAGA_MODES, totalOf } from './cast.ts';
import type { Ending } from './endings.ts';
import { type Observed, observe } from './observe.ts';
import { type Expected, itemsOf, linesOf, onHandOf } from './scenario.ts';

const ENDS_WITHIN_MS = 60_000;
const CHECKED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 500;

/** Throws what is not as it must be, and does not become so. */
export async function settle(bed: Bed, cast: Cast): Promise<void> {
  for (const order of cast.orders) await until(() => assertEnded(bed, cast, order), ENDS_WITHIN_MS);
  await until(() => bed.inTurn(() => assertEndings(bed, cast)), CHECKED_WITHIN_MS, LOOK_EVERY_MS);
  for (const order of cast.orders) await bed.inTurn(() => assertAnswers(bed, order));
}

/** How they ended, and stock, money and log agree; right now. */
export async function assertEndings(bed: Bed, cast: Cast): Promise<void> {
  const ends: Ending[] = [];
  for (const order of cast.orders) ends.push(await endOf(bed, cast, order));
  const { tally = {} } = cast.scenario;
  for (const [status, count] of Object.entries(tally)) {
    assert.equal(ends.filter((end) => end.status === status).length, count, `orders that are ${status}`);
  }
  await assertStock(bed, cast, ends);
}

const endingsOf = (expected: Expected): readonly Ending[] => [expected].flat();

/** By its last event in the log that is an end. */
async function assertEnded({ log }: Bed, { scenario }: Cast, { orderId, plan }: CastOrder): Promise<void> {
  const types = (await log.of(orderId)).order.map(({ type }) => type);
  const end = types.findLast((type) => STATUS_AFTER.has(type)) ?? '';
  const wanted = endingsOf(plan.ends ?? scenario.ends).map(({ status }): string => status);
  const status = STATUS_AFTER.get(end) ?? 'open';
  assert.ok(
    wanted.includes(status),
    `order ${orderId} is ${status}, not ${wanted.join(' or ')}: ${types.join(', ')}`,
  );
}

const STATUS_AFTER: ReadonlyMap<string, string> = new Map([
  ['OrderCompleted', 'COMPLETED'],
  ['OrderRejected', 'REJECTED'],
  ['OrderCancelled', 'CANCELLED'],
  ['OrderRefunded', 'REFUNDED'],
]);

/** The ending that it has. Throws if it has none of those that it may have. */
async function endOf(bed: Bed, cast: Cast, order: CastOrder): Promise<Ending> {
  const seen = await observe(bed, order.orderId);
  const allowed = endingsOf(order.plan.ends ?? cast.scenario.ends);
  const sameStatus = allowed.filter(({ status }) => status === seen.status);
  const ending = sameStatus.find(({ payment }) => payment === seen.payment) ?? sameStatus[0] ?? allowed[0];
  assert.ok(ending);
  assertSame(seen, ending);
  assert.equal(seen.order.sagaMode, SAGA_MODES[order.mode]);
  assertAmounts(seen, ending, totalOf(cast, order));
  return ending;
}

/** Who knows what it costs says the same; and who must know it does. */
function assertAmounts({ amounts, order }: Observed, ending: Ending, total: bigint): void {
  const mustKnow = {
    order: ['COMPLETED', 'REFUNDED'].includes(ending.status),
    payment: ['CAPTURED', 'DECLINED', 'REFUNDED'].includes(ending.payment),
    provider: ending.money !== 'never taken',
  };
  for (const who of ['order', 'payment', 'provider'] as const) {
    const amount = amounts[who];
    if (amount !== undefined || mustKnow[who])
      assert.equal(amount, total, `what ${order.orderId} costs, by ${who}`);
  }
}

function assertSame(seen: Observed, ending: Ending): void {
  const { events, maybe, reason = '', ...plain } = ending;
  const { status, reservation, payment, charges, money, order } = seen;
  assert.deepEqual(
    { status, reason: seen.reason, reservation, payment, charges, money },
    { ...plain, reason },
    `order ${order.orderId}`,
  );
  const about = `events of ${order.orderId}`;
  assert.equal(
    new Set(seen.events).size,
    seen.events.length,
    `${about}, one twice: ${seen.events.join(', ')}`,
  );
  assert.deepEqual(seen.events.filter((type) => !maybe.includes(type)).sort(), [...events].sort(), about);
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

/** Every answer is the same, and one more repeat gets it again. */
async function assertAnswers(bed: Bed, order: CastOrder): Promise<void> {
  const { orderId, request, answers: asked } = order;
  const answers = await Promise.all([...asked, placeUntilAccepted(bed.orders, request)]);
  const [first] = answers;
  assert.ok(first);
  for (const answer of answers) assert.deepEqual(answer, first, 'answers to one request');
  assert.equal(first.orderId, orderId);
  const { requestId } = request;
  bed.journal.acknowledge({ requestId, orderId, answer: JSON.stringify(first), askedAtMs: 0 });
  await assertStatus(bed, order, first);
}

/** A direct saga is answered with its first end; of the others only the beginning is known. */
async function assertStatus(
  { log }: Bed,
  { orderId, mode }: CastOrder,
  { status }: PlaceOrderResponse,
): Promise<void> {
  const { order } = await log.of(orderId);
  const end = order.find(({ type }) => STATUS_AFTER.has(type));
  const wanted = mode === 'direct' ? STATUS_AFTER.get(end?.type ?? '') : 'PENDING';
  assert.equal(orderStatusToJSON(status), `ORDER_STATUS_${wanted}`, 'the answer');
}

/** Does the steps of a scenario. Throws what is not as a step says. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import { isRepeatable, untilAccepted } from '../support/orders.ts';
import type { Bed } from './bed.ts';
import { type Cast, type CastOrder, priceAt } from './cast.ts';
import { untilMoment } from './moments.ts';
import { itemsOf } from './scenario.ts';
import { callRpc } from './stepRpcs.ts';
import type { Step } from './steps.ts';

const ANSWERED_WITHIN_MS = 90_000;

/** Steps one after the other, each for all the orders that it is about at once. */
export async function perform(bed: Bed, cast: Cast, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const orders = step.of === undefined ? cast.orders : cast.orders.slice(step.of, step.of + 1);
    await Promise.all(
      orders.map((order) =>
        perOrder(bed, cast, order, step).catch((error: Error) => {
          throw new Error(`${step.do} ${order.orderId}: ${error.message}`, { cause: error });
        }),
      ),
    );
    if (step.do === 'set price' || step.do === 'deliver') await perItem(bed, cast, step);
  }
}

async function perOrder(bed: Bed, cast: Cast, order: CastOrder, step: Step): Promise<void> {
  const { orderId, request } = order;
  switch (step.do) {
    case 'place':
      ask(bed, order);
      return untilMoment(bed, order, 'placed');
    case 'ask':
      return ask(bed, order);
    case 'repeat':
      for (let n = 0; n < step.times; n++) ask(bed, order);
      return;
    case 'reuse request_id': {
      const other = { ...request, customerId: 'eve' };
      return refused('REQUEST_ID_REUSED', () => bed.orders.placeOrder(other));
    }
    case 'wait':
      return untilMoment(bed, order, step.until);
    case 'let some time pass':
      return sleep(Math.random() * step.maxMs);
    case 'cancel': {
      const first = randomUUID();
      const ask = () => {
        const requestId = step.alike ? first : randomUUID();
        return untilAccepted(() =>
          bed.orders.cancelOrder({ requestId, orderId, message: 'changed my mind' }),
        );
      };
      return atOnce(ask, step, step.alike);
    }
    case 'set price':
    case 'deliver':
      return;
    default:
      return atOnce(() => callRpc(bed, cast, order, step.do), step);
  }
}

/** Goes on asking until there is an answer. A failure is met where the answers are looked at. */
function ask(bed: Bed, { request, answers }: CastOrder): void {
  const answer = untilAccepted(() => bed.orders.placeOrder(request), ANSWERED_WITHIN_MS);
  answer.catch(() => undefined);
  answers.push(answer);
}

async function atOnce(
  call: () => Promise<object>,
  { times = 1, refused: reason }: { readonly times?: number; readonly refused?: string },
  alike = false,
): Promise<void> {
  const calls = Array.from({ length: times }, () => (reason ? refused(reason, call) : call()));
  const answers = await Promise.all(calls);
  if (alike) for (const each of answers) assert.deepEqual(each, answers[0]);
}

/** That it is refused for this reason. */
async function refused(reason: string, call: () => Promise<object>): Promise<void> {
  try {
    await untilAccepted(call);
  } catch (error) {
    if (!(error instanceof OrderlogError) || isRepeatable(error)) throw error;
    return assert.equal(error.reason, reason);
  }
  assert.fail(`it is not refused with ${reason}`);
}

async function perItem(
  { catalog }: Bed,
  { skus, scenario }: Cast,
  step: Extract<Step, { do: 'set price' | 'deliver' }>,
): Promise<void> {
  const sku = skus.get(step.item) ?? step.item;
  const requestId = randomUUID();
  if (step.do === 'deliver') {
    await catalog.adjustStock({ requestId, sku, delta: step.pieces, reason: 'delivery' });
    return;
  }
  const unitPrice = priceAt(itemsOf(scenario)[step.item] ?? {}, step.price);
  await catalog.putItem({ requestId, sku, name: `Test item ${sku}`, unitPrice, initialOnHand: 0n });
}

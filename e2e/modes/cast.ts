/** A scenario set up to be run: items of its own, and the requests of its orders in a mode. */
import { randomUUID } from 'node:crypto';
import { derivedId } from '../../platform/ids.ts';
import { moneyOf } from '../../platform/money.ts';
import type {
  PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { orderOf, untilAccepted } from '../support/orders.ts';
import type { Bed } from './bed.ts';
import {
  type ItemPlan,
  itemsOf,
  linesOf,
  type Mode,
  type OrderPlan,
  onHandOf,
  ordersOf,
  priceOf,
  type Scenario,
} from './scenario.ts';

export interface CastOrder {
  readonly plan: OrderPlan;
  readonly mode: Mode;
  readonly request: PlaceOrderRequest;
  readonly orderId: string;
  /** What PlaceOrder answers, from when it is called on; each call's. */
  readonly answers: Promise<PlaceOrderResponse>[];
}

export interface Cast {
  readonly scenario: Scenario;
  /** Of each item, by its name in the scenario. */
  readonly skus: ReadonlyMap<string, string>;
  readonly orders: readonly CastOrder[];
}

export const SAGA_MODES: Readonly<Record<Mode, SagaMode>> = {
  choreography: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  orchestration: SagaMode.SAGA_MODE_ORCHESTRATION,
  direct: SagaMode.SAGA_MODE_DIRECT,
};

/** `modes`: of the scenario's orders, in turn. */
export async function castFor(bed: Bed, scenario: Scenario, modes: readonly Mode[]): Promise<Cast> {
  const items = Object.entries(itemsOf(scenario));
  const skus = new Map(items.map(([name]) => [name, `M-${randomUUID()}`]));
  for (const [name, plan] of items) await putItem(bed, skus.get(name) ?? '', plan);
  const orders = ordersOf(scenario).map((plan, n) =>
    castOrder(plan, skus, modes[n % modes.length] ?? 'choreography'),
  );
  return { scenario, skus, orders };
}

export const priceAt = (plan: ItemPlan, price = priceOf(plan)) =>
  moneyOf({ currency: plan.currency ?? 'EUR', minor: price });

async function putItem({ catalog }: Bed, sku: string, plan: ItemPlan): Promise<void> {
  const request = {
    requestId: randomUUID(),
    sku,
    name: `Test item ${sku}`,
    unitPrice: priceAt(plan),
    initialOnHand: onHandOf(plan),
  };
  await untilAccepted(() => catalog.putItem(request));
}

function castOrder(plan: OrderPlan, skus: ReadonlyMap<string, string>, mode: Mode): CastOrder {
  const { expectedTotal } = plan;
  const request = orderOf({
    lines: linesOf(plan).map(({ item, quantity }) => ({ sku: skus.get(item) ?? item, quantity })),
    paymentToken: plan.token ?? 'tok_ok',
    expectedTotal:
      expectedTotal === undefined ? undefined : moneyOf({ currency: 'EUR', minor: expectedTotal }),
    sagaMode: SAGA_MODES[mode],
  });
  // As the Order service derives it, for callers who do not say who they are.
  const orderId = derivedId(`order/anonymous/${request.requestId}`);
  return { plan, mode, request, orderId, answers: [] };
}

/** What an order costs, in minor units, at the prices that the scenario begins with. */
export function totalOf({ scenario }: Cast, { plan }: CastOrder): bigint {
  const items = itemsOf(scenario);
  return linesOf(plan).reduce((total, { item, quantity }) => {
    const price = items[item] ? priceOf(items[item]) : 0n;
    return total + price * BigInt(quantity);
  }, 0n);
}

/**
 * The way of an order through emmett's command handlers: placed, both lines reserved side by side, charged, ended; what was
 * reserved is released where it cannot go on. Each step is a transaction of its own on its own stream, as it is where orders
 * and stock belong to different services.
 *
 * It does less than Orderlog does, in emmett's favour: nothing durable drives the steps (the workflows that
 * https://event-driven-io.github.io/emmett/guides/workflows.html describes are not in a released version yet), so an order
 * whose process dies between two of them stays where it is; there is no outbox and no log; reserving takes the units off at
 * once, so that a completed order needs no confirmation; and facts that were found out one after the other are appended
 * together at the end. Since nothing would go on with an order by itself, it is answered when it has ended.
 */
import { DeciderCommandHandler, type EventStore } from '@event-driven-io/emmett';
import type { Charge } from '../../charge.ts';
import type { End, OrderLine, OrderWish } from '../../workload.ts';
import * as order from './order.ts';
import { handleStock } from './stockPeriods.ts';

const handleOrder = DeciderCommandHandler(order.decider);

export const orderStream = (orderId: string): string => `order-${orderId}`;

export interface Placing<Store extends EventStore> {
  readonly store: Store;
  readonly charge: Charge;
}

export async function placeOrder<Store extends EventStore>(
  { store, charge }: Placing<Store>,
  orderId: string,
  { lines, paymentToken }: OrderWish,
): Promise<End> {
  const stream = orderStream(orderId);
  await handleOrder(store, stream, { type: 'PlaceOrder', data: { orderId, lines } });
  const prices = await Promise.all(lines.map((line) => reserve(store, orderId, line)));
  if (prices.some((price) => price === undefined)) {
    await release(
      store,
      orderId,
      lines.filter((_, index) => prices[index] !== undefined),
    );
    await handleOrder(store, stream, { type: 'RejectOrder', data: { reason: 'out of stock' } });
    return 'REJECTED';
  }
  const amountMinor = lines.reduce((sum, { quantity }, index) => sum + quantity * (prices[index] ?? 0), 0);
  const outcome = await charge({ orderId, amountMinor, paymentToken });
  if (outcome === 'declined') {
    await release(store, orderId, lines);
    await handleOrder(store, stream, { type: 'CancelOrder', data: { amountMinor, reason: 'declined' } });
    return 'CANCELLED';
  }
  await handleOrder(store, stream, { type: 'CompleteOrder', data: { amountMinor } });
  return 'COMPLETED';
}

/** The price of a unit; undefined where there is too little. */
async function reserve(store: EventStore, orderId: string, { sku, quantity }: OrderLine) {
  const item = await handleStock(store, sku, { type: 'ReserveStock', data: { orderId, quantity } });
  return item?.unitPriceMinor;
}

const release = (store: EventStore, orderId: string, lines: readonly OrderLine[]) =>
  Promise.all(
    lines.map(({ sku, quantity }) =>
      handleStock(store, sku, { type: 'ReleaseStock', data: { orderId, quantity } }),
    ),
  );

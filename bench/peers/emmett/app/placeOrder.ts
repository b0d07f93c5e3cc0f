/**
 * The way of an order through emmett's command handlers: placed, both lines reserved side by side, charged, ended; what was
 * reserved is released where it cannot go on. Each step is a transaction of its own on its own stream, as it is where orders
 * and stock belong to different services.
 *
 * It does less than Orderlog does, in emmett's favour: nothing durable drives the steps (the workflows that
 * https://event-driven-io.github.io/emmett/guides/workflows.html describes are not in a released version yet), so an order
 * whose process dies between two of them stays where it is; there is no outbox and no log; and facts that were found out
 * one after the other are appended together at the end.
 */
import {
  DeciderCommandHandler,
  type EventStore,
  isExpectedVersionConflictError,
} from '@event-driven-io/emmett';
import { charge } from '../../charge.ts';
import type { End, OrderLine, OrderWish } from '../../workload.ts';
import * as order from './order.ts';
import * as stock from './stock.ts';

/** Two orders may want the same item at once; the docs' `{ onVersionConflict: true }` gives up after three tries. */
const TRIES = 20;
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 100;

const retry = {
  onVersionConflict: {
    shouldRetryError: isExpectedVersionConflictError,
    retries: TRIES,
    minTimeout: FIRST_PAUSE_MS,
    maxTimeout: MAX_PAUSE_MS,
    randomize: true,
  },
};

export const handleOrder = DeciderCommandHandler(order.decider);
export const handleStock = DeciderCommandHandler({ ...stock.decider, retry });

export const orderStream = (orderId: string): string => `order-${orderId}`;
export const stockStream = (sku: string): string => `stock-${sku}`;

export interface Placing<Store extends EventStore> {
  readonly store: Store;
  readonly providerUrl: string;
}

export async function placeOrder<Store extends EventStore>(
  { store, providerUrl }: Placing<Store>,
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
  const outcome = await charge(providerUrl, { orderId, amountMinor, paymentToken });
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
  const command = { type: 'ReserveStock', data: { orderId, quantity } } as const;
  const { newEvents, newState } = await handleStock(store, stockStream(sku), command);
  return newEvents.length === 0 ? undefined : newState?.unitPriceMinor;
}

const release = (store: EventStore, orderId: string, lines: readonly OrderLine[]) =>
  Promise.all(
    lines.map(({ sku, quantity }) =>
      handleStock(store, stockStream(sku), { type: 'ReleaseStock', data: { orderId, quantity } }),
    ),
  );

/** What a watch asks of the Order service: an order as it is, and a part of its history. */
import { OrderlogError } from '../../platform/errors.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import type {
  HistoryEvent,
  Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { QueryCall } from '../queries/freshness.ts';
import { orderOf, unavailable } from '../queries/orderService.ts';

export type WatchedOrders = Pick<GrpcClient<OrderServiceService>, 'getOrder' | 'getOrderHistory'>;

/**
 * Throws OrderlogError: what the service says, or UNAVAILABLE if it cannot be asked; also where it does not answer in time, since
 * who watches would take DEADLINE_EXCEEDED for the end of his own.
 */
export async function orderNow(orders: WatchedOrders, orderId: string, call: QueryCall): Promise<Order> {
  const why = `the Order service cannot be asked for ${orderId}`;
  try {
    return await orderOf(orders, { orderId }, call, why);
  } catch (error) {
    if (error instanceof OrderlogError && error.code === 'DEADLINE_EXCEEDED') throw unavailable(error, why);
    throw error;
  }
}

const PAGE_SIZE = 1_000;

/** The events after one version and up to another, oldest first. Throws OrderlogError. */
export async function eventsBetween(
  orders: WatchedOrders,
  orderId: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  call: QueryCall,
): Promise<readonly HistoryEvent[]> {
  if (after >= upTo) return [];
  const found: HistoryEvent[] = [];
  let pageToken = '';
  for (let last = 0; last < upTo; ) {
    const page = await orders.getOrderHistory({ orderId, pageSize: PAGE_SIZE, pageToken }, { parent: call });
    found.push(...page.events.filter(({ version }) => version > after && version <= upTo));
    last = page.events.at(-1)?.version ?? upTo;
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  return found;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
const PASSING: readonly string[] = ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED'];

/** Asks until there is an answer, as long as the call lasts. Throws what a repeat would not change, or the signal's reason. */
export async function untilAnswered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OrderlogError) || !PASSING.includes(error.code)) throw error;
      await pause(backoffMs(attempt, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
      signal.throwIfAborted();
    }
  }
}

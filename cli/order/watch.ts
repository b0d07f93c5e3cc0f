/**
 * An order's events as they happen, each once and in order: by WatchOrder at the gateway, again from where it was when the
 * gateway goes away; what a snapshot stands for is read from the order's history.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { pause } from '../../platform/wait.ts';
import type { HistoryEvent } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { OrderClient, QueryClient } from './client.ts';

export interface WatchOptions {
  readonly orderId: string;
  /** Events up to this version are not told. */
  readonly seenVersion: number;
  readonly timeoutMs: number;
  /** The order was answered for just now: a gateway that is away is waited for from the first. */
  readonly isSureToBe: boolean;
  readonly tell: (event: HistoryEvent) => void;
  /** Told when the gateway goes away, once for each time. */
  readonly onTrouble: (text: string) => void;
}

interface Clients {
  readonly orders: OrderClient;
  readonly queries: QueryClient;
}

const PAUSE_MS = 500;
const HISTORY_PAGE = 1_000;

/** Whether the order has ended; false: the time is over. Throws OrderlogError. */
export async function watchOrder(clients: Clients, options: WatchOptions): Promise<boolean> {
  const untilMs = performance.now() + options.timeoutMs;
  const leftMs = () => Math.max(1, Math.ceil(untilMs - performance.now()));
  const seen = { version: options.seenVersion, isThere: options.isSureToBe };
  let isTroubled = false;
  for (;;) {
    try {
      await watchOnce(clients, options, seen, leftMs());
      return true;
    } catch (error) {
      if (!(error instanceof OrderlogError)) throw error;
      if (error.code === 'DEADLINE_EXCEEDED' || performance.now() >= untilMs) return false;
      if (error.code !== 'UNAVAILABLE' || !seen.isThere) throw error;
      if (!isTroubled) options.onTrouble(`${error.message}; watching on when it is back`);
      isTroubled = true;
    }
    await pause(Math.min(PAUSE_MS, leftMs()), new AbortController().signal);
  }
}

/** Until the order ends; keeps in `seen` how far it came. */
async function watchOnce(
  { orders, queries }: Clients,
  { orderId, tell }: WatchOptions,
  seen: { version: number; isThere: boolean },
  timeoutMs: number,
): Promise<void> {
  const updates = queries.watchOrder({ orderId, afterVersion: seen.version }, { timeoutMs });
  for await (const { snapshot, event } of updates) {
    seen.isThere = true;
    const told = event ? [event] : snapshot ? await historyUpTo(orders, orderId, snapshot.version) : [];
    for (const each of told) {
      if (each.version <= seen.version) continue;
      tell(each);
      seen.version = each.version;
    }
  }
}

async function historyUpTo(
  orders: OrderClient,
  orderId: string,
  version: number,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (let pageToken = ''; ; ) {
    const page = await orders.getOrderHistory({ orderId, pageSize: HISTORY_PAGE, pageToken });
    events.push(...page.events);
    pageToken = page.nextPageToken;
    if (pageToken === '' || events.length >= version) return events;
  }
}

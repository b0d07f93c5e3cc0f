/**
 * WatchOrder: an order as it is, then each change as it happens, until it has ended (orderEnd.ts).
 *
 * Where the order stands, and what of its history the client lacks, is asked of the Order service, whatever ORDERLOG_READS says:
 * the aggregate has every event before the log has it, so it is never behind what comes from there. Hence no gap and no double
 * at the seam: listen first, then read, then drop what was read from what was heard.
 *
 * The Order service must answer when a watch begins. Later it is waited for, since what happens meanwhile is kept, or missed
 * and then made good by a snapshot.
 */
import { OrderlogError } from '../../platform/errors.ts';
import type { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type {
  WatchOrderRequest,
  WatchOrderResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { viewOf } from '../queries/aggregateOrder.ts';
import type { QueryCall } from '../queries/freshness.ts';
import { hasEnded, isEnd } from './orderEnd.ts';
import { eventsBetween, orderNow, untilAnswered, type WatchedOrders } from './orderNow.ts';
import { MISSED, type Watcher } from './watcher.ts';
import type { Watchers } from './watchers.ts';

export interface WatchSources {
  readonly watchers: Watchers;
  readonly orders: WatchedOrders;
}

export interface Watch {
  /** The order has ended, and its client knows all of it. */
  readonly isOver: boolean;
  /** Ends with the order; throws OrderlogError, or the call's own reason. Lets go of the watcher at its end. */
  readonly updates: AsyncGenerator<WatchOrderResponse>;
}

/** Throws OrderlogError: NOT_FOUND, FAILED_PRECONDITION, RESOURCE_EXHAUSTED or UNAVAILABLE. */
export async function openWatch(
  sources: WatchSources,
  { orderId: givenId, afterVersion }: WatchOrderRequest,
  call: QueryCall,
): Promise<Watch> {
  // As ids are written in the log.
  const orderId = givenId.toLowerCase();
  const watcher = await sources.watchers.watch(orderId, call.signal);
  try {
    const order = await orderNow(sources.orders, orderId, call);
    if (afterVersion > order.version) throw versionAhead(order);
    const isOver = hasEnded(order) && afterVersion === order.version;
    if (isOver) watcher.close();
    return { isOver, updates: updatesOf(sources.orders, watcher, order, afterVersion, call) };
  } catch (error) {
    watcher.close();
    throw error;
  }
}

async function* updatesOf(
  orders: WatchedOrders,
  watcher: Watcher,
  first: Order,
  afterVersion: number,
  call: QueryCall,
): AsyncGenerator<WatchOrderResponse> {
  const { orderId } = first;
  const look = () => untilAnswered(() => orderNow(orders, orderId, call), call.signal);
  const history = (after: number, upTo: number) =>
    untilAnswered(() => eventsBetween(orders, orderId, { after, upTo }, call), call.signal);
  try {
    // What its client has is all that there is of it up to this version.
    let sent = afterVersion;
    let order = first;
    if (sent === 0) {
      yield snapshotOf(order);
      sent = order.version;
    }
    for (;;) {
      for (const event of await history(sent, order.version)) yield { event };
      sent = Math.max(sent, order.version);
      if (hasEnded(order)) return;
      const stop = yield* live(watcher, sent, call.signal);
      order = await look();
      sent = stop.sent;
      if (!stop.hasMissed) continue;
      yield { resync: { lastVersion: sent } };
      yield snapshotOf(order);
      sent = order.version;
    }
  } finally {
    watcher.close();
  }
}

/** Up to where the order must be looked at: it may have ended, or something was missed. */
async function* live(
  watcher: Watcher,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<WatchOrderResponse, { readonly sent: number; readonly hasMissed: boolean }> {
  for (let sent = from; ; ) {
    const event = await watcher.next(signal);
    if (event === MISSED || event.version > sent + 1) return { sent, hasMissed: true };
    if (event.version <= sent) continue;
    yield { event };
    sent = event.version;
    if (isEnd(event.type)) return { sent, hasMissed: false };
  }
}

const snapshotOf = (order: Order): WatchOrderResponse => ({ snapshot: viewOf(order) });

function versionAhead({ orderId, version }: Order): OrderlogError {
  const description = `is beyond the order's version, which is ${version}: begin with 0, or with a version that was sent`;
  return new OrderlogError(
    'FAILED_PRECONDITION',
    'VERSION_AHEAD',
    `after_version ${description} (${orderId})`,
    {
      violations: [{ field: 'after_version', description }],
    },
  );
}

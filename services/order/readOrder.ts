/** One order, now or at a moment of its past, as far as the store knows its past. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { readStreams } from '../../platform/eventStore.ts';
import type { StoredEvent } from '../../platform/events.ts';
import type {
  GetOrderRequest,
  Order as OrderMessage,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { foldHistory } from './domain/history.ts';
import type { OrderState, PlacedOrder } from './domain/state.ts';
import { type OrderStore, orderTables } from './store.ts';
import { orderMessage } from './view.ts';

/** Throws OrderlogError NOT_FOUND, or FAILED_PRECONDITION for a moment that the store does not know. */
export async function readOrder(db: Tx, store: OrderStore, request: GetOrderRequest): Promise<OrderMessage> {
  const orderId = request.orderId.toLowerCase();
  const isPast = request.atVersion !== undefined || request.atTime !== undefined;
  if (isPast && store === 'events') return readPast(db, orderId, request);
  const found = (await orderTables[store].read(db, [orderId])).get(orderId);
  if (!found) throw unknownOrder(orderId);
  const order = placedIn(found.state);
  if (isPast) assertPresent(order, found.version, request);
  return orderMessage(order, found.version);
}

async function readPast(db: Tx, orderId: string, moment: Moment): Promise<OrderMessage> {
  const events = (await readStreams(db, [orderId])).get(orderId);
  if (!events) throw unknownOrder(orderId);
  const until = eventsUntil(events, moment);
  return orderMessage(placedIn(foldHistory(until)), until.length);
}

type Moment = Pick<GetOrderRequest, 'atVersion' | 'atTime'>;

/** The events up to the moment asked for. */
function eventsUntil(events: readonly StoredEvent[], { atVersion, atTime }: Moment): readonly StoredEvent[] {
  if (atVersion !== undefined) {
    if (atVersion > events.length) throw noSuchMoment(`it has ${events.length} events`);
    return events.slice(0, atVersion);
  }
  // Replicas' clocks differ a little: the first event beyond the time ends it, whatever the times of those after it.
  const end = atTime === undefined ? -1 : events.findIndex(({ time }) => time > atTime);
  return end < 0 ? events : events.slice(0, end);
}

/** Where only the present state is kept, a moment since the last change is all of the past that can be told. */
function assertPresent(order: PlacedOrder, version: number, { atVersion, atTime }: Moment): void {
  if (atVersion !== undefined) {
    if (atVersion > version) throw noSuchMoment(`it has ${version} events`);
    if (atVersion < version) throw pastNotKept('at_version', version);
  } else if (atTime !== undefined) {
    if (atTime < order.createdAt) throw noSuchMoment();
    if (atTime < order.updatedAt) throw pastNotKept('at_time', version);
  }
}

function placedIn(state: OrderState): PlacedOrder {
  const order = state.status === 'unreadable' ? state.order : state;
  if (order.status === 'none') throw noSuchMoment();
  return order;
}

export const unknownOrder = (orderId: string): OrderlogError =>
  new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `no order ${orderId}`);

const noSuchMoment = (why = 'it was not placed yet'): OrderlogError =>
  new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND_THEN', `the order was not there at that moment: ${why}`);

function pastNotKept(field: string, version: number): OrderlogError {
  const description =
    `the state at that moment is not kept, only the present one, at version ${version} ` +
    '(ORDERLOG_ORDER_STORE=state): leave it out, ask GetOrderHistory, or run the service with ORDERLOG_ORDER_STORE=events';
  return new OrderlogError('FAILED_PRECONDITION', 'PAST_NOT_KEPT', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

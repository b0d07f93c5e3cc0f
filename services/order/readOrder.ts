/** One order, now or at a moment of its past, as far as the store knows its past. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type {
  GetOrderRequest,
  Order as OrderMessage,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { foldHistory } from './domain/history.ts';
import type { OrderState, PlacedOrder } from './domain/state.ts';
import { eventsUntil, historyOf, isPast, type Moment, noSuchMoment, unknownOrder } from './past.ts';
import { type OrderStore, orderTables } from './store.ts';
import { orderMessage } from './view.ts';

/** Throws OrderlogError NOT_FOUND, or FAILED_PRECONDITION for a moment that the store does not know. */
export async function readOrder(db: Tx, store: OrderStore, request: GetOrderRequest): Promise<OrderMessage> {
  const { orderId } = request;
  if (isPast(request) && store === 'events') return readPast(db, orderId, request);
  const found = (await orderTables[store].read(db, [orderId])).get(orderId);
  if (!found) throw unknownOrder(orderId);
  const order = placedIn(found.state);
  if (isPast(request)) assertPresent(order, found.version, request);
  return orderMessage(order, found.version);
}

async function readPast(db: Tx, orderId: string, moment: Moment): Promise<OrderMessage> {
  const until = eventsUntil(await historyOf(db, orderId), moment);
  return orderMessage(placedIn(foldHistory(until)), until.length);
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

function pastNotKept(field: string, version: number): OrderlogError {
  const description =
    `the state at that moment is not kept, only the present one, at version ${version} ` +
    '(ORDERLOG_ORDER_STORE=state): leave it out, ask GetOrderHistory, or run the service with ORDERLOG_ORDER_STORE=events';
  return new OrderlogError('FAILED_PRECONDITION', 'PAST_NOT_KEPT', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

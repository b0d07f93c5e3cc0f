/** An order's own events, up to the moment of its past that somebody asks for. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { readStreams } from '../../platform/eventStore.ts';
import type { StoredEvent } from '../../platform/events.ts';
import type { GetOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';

/** Neither version nor time: now. */
export type Moment = Pick<GetOrderRequest, 'atVersion' | 'atTime'>;

export const isPast = ({ atVersion, atTime }: Moment): boolean =>
  atVersion !== undefined || atTime !== undefined;

/** All of them. Throws NOT_FOUND if there is no such order. */
export async function historyOf(db: Tx, orderId: string): Promise<readonly StoredEvent[]> {
  const events = (await readStreams(db, [orderId])).get(orderId);
  if (!events) throw unknownOrder(orderId);
  return events;
}

/** Those up to the moment. Throws NOT_FOUND for a version that has not been. */
export function eventsUntil(
  events: readonly StoredEvent[],
  { atVersion, atTime }: Moment,
): readonly StoredEvent[] {
  if (atVersion !== undefined) {
    if (atVersion > events.length) throw noSuchMoment(`it has ${events.length} events`);
    return events.slice(0, atVersion);
  }
  // Replicas' clocks differ a little: the first event beyond the time ends it, whatever the times of those after it.
  const end = atTime === undefined ? -1 : events.findIndex(({ time }) => time > atTime);
  return end < 0 ? events : events.slice(0, end);
}

export const unknownOrder = (orderId: string): OrderlogError =>
  new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `no order ${orderId}`);

export const noSuchMoment = (why = 'it was not placed yet'): OrderlogError =>
  new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND_THEN', `the order was not there at that moment: ${why}`);

/** The moment of an order's past that somebody asks for. */
import { OrderlogError } from '../../../platform/errors.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import type { GetOrderRequest } from '../../../proto/gen/orderlog/order/v1/order_service.ts';

export type Moment = Pick<GetOrderRequest, 'atVersion' | 'atTime'>;

export const isPast = ({ atVersion, atTime }: Moment): boolean =>
  atVersion !== undefined || atTime !== undefined;

/** The events up to the moment; neither version nor time: all. Throws NOT_FOUND for a moment that has not been. */
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

export const noSuchMoment = (why = 'it was not placed yet'): OrderlogError =>
  new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND_THEN', `the order was not there at that moment: ${why}`);

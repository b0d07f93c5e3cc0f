/**
 * What an operator must hear of although the service has acted on it: money that came after an order's end.
 *
 * Looked for on the way into the log, where every event comes by: whoever commits one may be killed before he knows of it.
 */
import type { StoredEvent } from '../../platform/events.ts';
import type { Logger } from '../../platform/logging.ts';
import { CancellationReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { orderEvents } from './domain/events.ts';

const CANCELLATION_REQUESTED = orderEvents.fullName('OrderCancellationRequested');

/** Logs an error for each alarm among events that are being published; once, while the same are tried again and again. */
export function alarmsTo(logger: Logger): (events: readonly StoredEvent[]) => void {
  let told: ReadonlySet<string> = new Set();
  return (events) => {
    const alarms = events.flatMap(alarmOf);
    for (const { message, ...alarm } of alarms) if (!told.has(alarm.eventId)) logger.error(alarm, message);
    told = new Set(alarms.map(({ eventId }) => eventId));
  };
}

function alarmOf({ type, payload, streamId, eventId, cause }: StoredEvent) {
  if (type !== CANCELLATION_REQUESTED) return [];
  const event = orderEvents.decode(type, payload);
  if (event?.type !== 'OrderCancellationRequested') return [];
  const { reason, message } = event.data;
  if (reason !== CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END) return [];
  return [{ alarm: 'CAPTURED_AFTER_END', orderId: streamId, eventId, cause, message }];
}

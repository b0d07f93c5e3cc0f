/** A feed that tells what a test says, and events to tell. */
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import type { Feed, FeedListener } from './feed.ts';

export interface FeedDouble extends Feed {
  tell(...messages: readonly LogMessage[]): void;
  miss(): void;
  listeners(): number;
}

export function feedDouble(): FeedDouble {
  const listeners = new Set<FeedListener>();
  return {
    problem: () => undefined,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begun: async () => undefined,
    close: async () => undefined,
    tell(...messages) {
      for (const { onMessages } of listeners) onMessages(messages);
    },
    miss() {
      for (const { onMissed } of listeners) onMissed();
    },
    listeners: () => listeners.size,
  };
}

/** An event of an order as the log has it; `type` is its short name. */
export const messageOf = (orderId: string, version: number, type = 'OrderPaid'): LogMessage => ({
  stream: 'ORDERS',
  sequence: version,
  subject: `orders.0.0.${type}`,
  partition: partitionOf(orderId),
  eventId: eventIdOf('order', orderId, version),
  type: `orderlog.order.v1.${type}`,
  streamId: orderId,
  version,
  time: new Date(Date.UTC(2026, 0, 5, 10, 0, version)),
  prev: 0,
  epoch: 1,
  cause: undefined,
  traceparent: undefined,
  payload: new Uint8Array(),
});

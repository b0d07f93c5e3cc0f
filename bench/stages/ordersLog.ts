/** Stream ORDERS with orders in it, as the relay would have published them. */
import type { LogConnection } from '../../platform/log/connection.ts';
import { toMessage } from '../../platform/log/headers.ts';
import { MAX_BATCH_MESSAGES, publishAfter } from '../../platform/log/publish.ts';
import { createStream, type StreamSpec } from '../../platform/log/stream.ts';
import { ORDERS } from '../../proto/streams.ts';
import { groups, stories } from './stories.ts';

/** As a service makes its stream; the bound is one that no benchmark meets. */
export const streamSpec = ({ name, subjectPrefix }: { name: string; subjectPrefix: string }): StreamSpec => ({
  name,
  subjectPrefix,
  maxBytes: 256 * 1024 ** 3,
  replicas: 1,
});

export interface OrdersLog {
  /** The last event's; 0: there is none. */
  last(): number;
  /** Adds whole orders until there are so many events. */
  growTo(events: number): Promise<void>;
}

const EPOCH = 1;
const TELL_EVERY = 50_000;

export async function ordersLog(connection: LogConnection, say: (line: string) => void): Promise<OrdersLog> {
  const spec = streamSpec(ORDERS);
  await createStream(connection, spec, EPOCH);
  const prev = new Map<number, number>();
  let last = 0;
  return {
    last: () => last,
    async growTo(events) {
      for (const group of groups(stories(Math.max(0, events - last)), MAX_BATCH_MESSAGES)) {
        const messages = group.map((event, index) => {
          const place = { subjectPrefix: spec.subjectPrefix, source: '/orderlog/order', epoch: EPOCH };
          const message = toMessage(event, { ...place, prev: prev.get(event.partition) ?? 0 });
          prev.set(event.partition, last + index + 1);
          return message;
        });
        await publishAfter(connection, spec.name, last, messages);
        const before = last;
        last += messages.length;
        if (Math.floor(last / TELL_EVERY) > Math.floor(before / TELL_EVERY)) {
          say(`${last} of ${events} events in the log`);
        }
      }
    },
  };
}

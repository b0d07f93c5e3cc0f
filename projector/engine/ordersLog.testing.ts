/** Stream ORDERS of a test's own, and orders to publish to it. */
import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { pino } from 'pino';
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { toMessage } from '../../platform/log/headers.ts';
import { createStream, deleteStream } from '../../platform/log/stream.ts';
import { type OrderEvent, orderEvents } from '../orders/events.ts';
import type { EventRecord } from './projection.ts';

/** A log with stream ORDERS, and who publishes to it. */
export interface OrdersLog {
  readonly connection: LogConnection;
  /** Publishes events in turn; returns the sequence of the last. */
  publish(...records: readonly EventRecord[]): Promise<number>;
  /** Loses the stream, and makes it again in its next epoch (platform/recovery); returns the sequence of the last event. */
  republish(): Promise<number>;
  remove(): Promise<void>;
}

export async function ordersLog(natsUrl: string): Promise<OrdersLog> {
  const logger = pino({ level: 'silent' });
  const connection = await connectLog({
    url: natsUrl,
    name: 'test',
    logger,
    signal: AbortSignal.timeout(20_000),
  });
  const spec = { name: 'ORDERS', subjectPrefix: 'orders', maxBytes: 64 * 1024 * 1024, replicas: 1 };
  await createStream(connection, spec, 1);
  const prev = new Map<number, number>();
  const published: EventRecord[] = [];
  let epoch = 1;
  let last = 0;
  const publishOne = async (record: EventRecord): Promise<number> => {
    const partition = partitionOf(record.streamId);
    const place = {
      subjectPrefix: 'orders',
      source: '/orderlog/order',
      prev: prev.get(partition) ?? 0,
      epoch,
    };
    const stored = { ...record, partition, cause: undefined, traceparent: undefined };
    const { subject, headers, payload } = toMessage(stored, place);
    const { seq } = await jetstream(connection.nats).publish(subject, payload, { headers });
    prev.set(partition, seq);
    return seq;
  };
  return {
    connection,
    async publish(...records) {
      for (const record of records) last = await publishOne(record);
      published.push(...records);
      return last;
    },
    async republish() {
      await deleteStream(connection, spec.name);
      prev.clear();
      epoch += 1;
      const place = { firstSequence: last + 1, restoredTo: last + published.length };
      await createStream(connection, spec, epoch, place);
      for (const record of published) last = await publishOne(record);
      return last;
    },
    async remove() {
      await (await jetstreamManager(connection.nats)).streams.delete('ORDERS');
      await connection.close();
    },
  };
}

/** An event of an order, as the Order service records it. */
const recordOf = (orderId: string, version: number, event: OrderEvent): EventRecord => ({
  streamId: orderId,
  version,
  eventId: eventIdOf('order', orderId, version),
  time: new Date(Date.UTC(2026, 0, 5, 10, 0, version)),
  type: orderEvents.fullName(event.type),
  payload: orderEvents.encode(event),
});

const context = (orderId: string) => ({
  orderId,
  customerId: 'ada',
  mode: 1 as const,
  sealedPaymentToken: undefined,
  expectedTotal: undefined,
  deadline: new Date('2026-01-05T10:15:00.000Z'),
});
const total = { currencyCode: 'EUR', units: 19n, nanos: 800_000_000 };

/** The whole story of an order that completes: four events. */
export function completedOrder(orderId: string = randomUUID()): EventRecord[] {
  const line = {
    sku: 'SKU-COFFEE',
    name: 'Coffee beans',
    quantity: 2,
    unitPrice: undefined,
    lineTotal: total,
  };
  const events: OrderEvent[] = [
    {
      type: 'OrderCreated',
      data: { context: context(orderId), lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
    },
    { type: 'OrderItemsReserved', data: { context: context(orderId), lines: [line], total } },
    { type: 'OrderPaid', data: { context: context(orderId), paymentId: 'p-1', amount: total } },
    { type: 'OrderCompleted', data: { context: context(orderId), total } },
  ];
  return events.map((event, index) => recordOf(orderId, index + 1, event));
}

export const orderOf = ([first]: readonly EventRecord[]): string => first?.streamId ?? '';

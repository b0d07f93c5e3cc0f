/** What stands in the log. Read on from where the last look ended: it only grows. */
import { pino } from 'pino';
import { paymentIdOf, reservationStreamOf } from '../../cli/audit/story.ts';
import { shortName } from '../../platform/events.ts';
import { connectLog } from '../../platform/log/connection.ts';
import { readMessage } from '../../platform/log/headers.ts';
import { readRange } from '../../platform/log/readLog.ts';
import { streamIdentity } from '../../platform/log/stream.ts';
import { shared } from './together.ts';

export interface LoggedEvent {
  readonly type: string;
  readonly version: number;
}

/** An order's events, and those of its reservation and payment, each in the order of the log. */
export interface LoggedOrder {
  readonly order: readonly LoggedEvent[];
  readonly reservation: readonly LoggedEvent[];
  readonly payment: readonly LoggedEvent[];
}

export interface LogView {
  /** As it is now. */
  of(orderId: string): Promise<LoggedOrder>;
  close(): Promise<void>;
}

const CONNECT_WITHIN_MS = 30_000;
const STREAMS = ['ORDERS', 'CATALOG', 'PAYMENTS'] as const;

export async function openLogView(url: string): Promise<LogView> {
  const log = await connectLog({
    url,
    name: 'e2e',
    logger: pino({ level: 'silent' }),
    signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
  });
  const read = { ORDERS: 0, CATALOG: 0, PAYMENTS: 0 };
  const events = new Map<string, LoggedEvent[]>();
  async function readOn(name: (typeof STREAMS)[number]): Promise<void> {
    const spec = { name, subjectPrefix: name.toLowerCase(), maxBytes: 1, replicas: 1 };
    const { lastSequence = 0 } = (await streamIdentity(log, spec)) ?? {};
    for await (const chunk of readRange(log, name, read[name] + 1, lastSequence)) {
      for (const { streamId, type, version, sequence } of chunk.map(readMessage)) {
        const before = events.get(streamId) ?? [];
        events.set(streamId, [...before, { type: shortName(type), version }]);
        read[name] = sequence;
      }
    }
  }
  const look = shared(async () => void (await Promise.all(STREAMS.map(readOn))));
  return {
    async of(orderId) {
      await look();
      return {
        order: events.get(orderId) ?? [],
        reservation: events.get(reservationStreamOf(orderId)) ?? [],
        payment: events.get(paymentIdOf(orderId)) ?? [],
      };
    },
    close: () => log.close(),
  };
}

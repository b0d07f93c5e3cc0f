/** What the consumers' tests stand on: a database with counters, a log to publish to, and a consumer between them. */

import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { Clock } from '../clock.ts';
import type { Writer } from '../commandBatch.ts';
import {
  type Added,
  COUNTERS_SQL,
  type CounterCommand,
  type Counters,
  counterModel,
} from '../counterModel.testing.ts';
import { type Database, openDatabase } from '../database.ts';
import { type EventCodec, shortName } from '../events.ts';
import { derivedId, partitionOf } from '../ids.ts';
import { connectLog, type LogConnection } from '../log/connection.ts';
import { toMessage } from '../log/headers.ts';
import { migrate } from '../migrate.ts';
import { type Consumer, type ConsumerOptions, startConsumer } from './consumer.ts';
import { reactTo } from './reactions.ts';

export const silent = pino({ level: process.env.TEST_LOG ?? 'silent' });
export const clock: Clock = { now: () => new Date('2026-01-02T03:04:05.678Z') };
export const openGate = { isOpen: () => true, whenOpen: async () => undefined, reason: () => undefined };

/** What the tests publish: put `amount` on the counter `key`, which is the aggregate as well. */
export interface Put {
  readonly type: 'Put';
  readonly data: { readonly key: string; readonly amount: number };
}

export const putCodec: EventCodec<Put> = {
  types: ['test.v1.Put'],
  fullName: (type) => `test.v1.${type}`,
  encode: (event) => Buffer.from(JSON.stringify(event.data)),
  decode: (fullName, bytes) =>
    shortName(fullName) === 'Put'
      ? { type: 'Put', data: JSON.parse(Buffer.from(bytes).toString()) }
      : undefined,
};

export type CounterWriter = Writer<Counters, CounterCommand, Added>;

export interface EmptyDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Puts the platform's tables and the counters into an empty database. */
export async function counterDatabase({ url, drop }: EmptyDatabase): Promise<{
  readonly db: Database;
  readonly writer: CounterWriter;
  readonly values: () => Promise<string>;
  readonly close: () => Promise<void>;
}> {
  const sources = [{ scope: 'platform', folder: 'platform/sql' }];
  await migrate({ url, runtimeRole: new URL(url).username, sources });
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 20 });
  await sql.raw(COUNTERS_SQL).execute(db);
  return {
    db,
    writer: { db, model: counterModel, maxPayloadBytes: 500, onCommitted: () => undefined },
    async values() {
      const { rows } = await sql<{ key: string; value: number }>`
        select key, value from counters order by key`.execute(db);
      return rows.map((row) => `${row.key}=${row.value}`).join(' ');
    },
    async close() {
      await db.destroy();
      await drop();
    },
  };
}

export interface TestLog {
  readonly stream: string;
  readonly connection: LogConnection;
  create(epoch?: number): Promise<void>;
  delete(): Promise<void>;
  deleteMessage(sequence: number): Promise<void>;
  put(key: string, amount: number): Promise<void>;
  /** Any payload, under any type. */
  publish(key: string, type: string, payload: Uint8Array): Promise<void>;
  /** Forgets what was published, as a stream does that is made anew. */
  forget(): void;
  close(): Promise<void>;
}

export async function testLog(url: string, stream = 'TESTS'): Promise<TestLog> {
  const signal = new AbortController().signal;
  const connection = await connectLog({ url, name: 'test', logger: silent, signal });
  const manager = await jetstreamManager(connection.nats, { checkAPI: false });
  const subjectPrefix = stream.toLowerCase();
  let prev = new Map<number, number>();
  let version = 0;
  let epoch = 1;
  const log: TestLog = {
    stream,
    connection,
    async create(of = 1) {
      epoch = of;
      const metadata = { 'orderlog.epoch': String(epoch) };
      const subjects = [`${subjectPrefix}.>`];
      await manager.streams.add({ name: stream, subjects, metadata, allow_direct: true });
    },
    async delete() {
      await manager.streams.delete(stream);
    },
    async deleteMessage(sequence) {
      await manager.streams.deleteMessage(stream, sequence);
    },
    put: (key, amount) => log.publish(key, 'test.v1.Put', Buffer.from(JSON.stringify({ key, amount }))),
    async publish(key, type, payload) {
      const partition = partitionOf(key);
      version++;
      const message = toMessage(
        {
          streamId: key,
          version,
          eventId: derivedId(`${stream}/${epoch}/${Math.random()}`),
          type,
          partition,
          time: clock.now(),
          cause: undefined,
          traceparent: undefined,
          payload,
        },
        { subjectPrefix, source: '/orderlog/test', prev: prev.get(partition) ?? 0, epoch },
      );
      const { headers } = message;
      const { seq } = await jetstream(connection.nats).publish(message.subject, message.payload, { headers });
      prev.set(partition, seq);
    },
    forget() {
      prev = new Map();
    },
    close: () => connection.close(),
  };
  return log;
}

/** Handles what is put by these commands. */
export const putHandler = (
  writer: CounterWriter,
  react: (event: Put) => readonly CounterCommand[] = ({ data }) => [{ type: 'Add', ...data }],
  consumer = 'puts',
) => reactTo({ consumer, writer, codec: putCodec, react, clock, logger: silent });

/** A consumer that adds what is put. */
export function putConsumer(
  writer: CounterWriter,
  log: TestLog,
  more: Partial<ConsumerOptions> = {},
): Consumer {
  const name = more.name ?? 'puts';
  return startConsumer({
    name,
    stream: log.stream,
    subjectPrefix: log.stream.toLowerCase(),
    owner: 'a',
    db: writer.db,
    connection: log.connection,
    gate: openGate,
    logger: silent,
    handle: putHandler(writer, undefined, name),
    ...more,
  });
}

/** Until it holds; throws what it last threw. */
export async function eventually(check: () => Promise<void> | void, withinMs = 30_000): Promise<void> {
  for (const endMs = performance.now() + withinMs; ; ) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A service's log for tests: a database and a connection of its own, events put in by SQL, and the audit at the end. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type Database, openDatabase, type Tx } from '../database.ts';
import { eventIdOf, partitionOf } from '../ids.ts';
import { migrate } from '../migrate.ts';
import { connectLog } from './connection.ts';
import { type LogMessage, readMessage } from './headers.ts';
import type { ServiceLog } from './ownStream.ts';
import { readRange } from './readLog.ts';
import type { StreamSpec } from './stream.ts';

export const SPEC: StreamSpec = {
  name: 'LAMPS',
  subjectPrefix: 'lamps',
  maxBytes: 256 * 1024 * 1024,
  replicas: 1,
};
export const SERVICE = 'lamp';

/** Quiet unless ORDERLOG_TEST_LOG is set. */
export const logger = pino({ level: process.env.ORDERLOG_TEST_LOG ?? 'silent' });

export interface TestLog extends ServiceLog {
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** An empty database. */
export interface EmptyDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes the platform's tables. */
export async function migratePlatform(url: string): Promise<void> {
  const runtimeRole = new URL(url).username;
  await migrate({ url, runtimeRole, sources: [{ scope: 'platform', folder: 'platform/sql' }] });
}

/** A service with a database of its own; closing it drops the database. */
export async function testLog({ url, drop }: EmptyDatabase, natsUrl: string): Promise<TestLog> {
  await migratePlatform(url);
  const log = await openLog(url, natsUrl);
  return {
    ...log,
    async close() {
      await log.close();
      await drop();
    },
  };
}

/** Another process's view of the same service: its own pool and its own connection. */
export async function openLog(databaseUrl: string, natsUrl: string): Promise<TestLog> {
  const db = openDatabase({ url: databaseUrl, applicationName: 'test', maxConnections: 5 });
  const connection = await connectLog({
    url: natsUrl,
    name: 'test',
    logger,
    signal: AbortSignal.timeout(20_000),
  });
  return {
    service: SERVICE,
    spec: SPEC,
    db,
    connection,
    databaseUrl,
    async close() {
      await connection.close();
      await db.destroy();
    },
  };
}

/** Payloads of all sizes, the empty one included. */
const payloadOf = (lamp: string, version: number): Buffer => {
  const hash = createHash('sha512').update(`${lamp}/${version}`).digest();
  return version % 7 === 0
    ? Buffer.alloc(0)
    : Buffer.concat(Array(version % 5).fill(hash), (version % 5) * 61);
};

/** Events and outbox rows, in one transaction, as the write path does. */
export async function insertEvents(
  tx: Tx,
  events: readonly (readonly [lamp: string, version: number])[],
): Promise<void> {
  await sql`
    with appended as (
      insert into events (stream_id, version, event_id, type, partition, time, cause_stream, cause_id, traceparent, payload)
      select * from unnest(
        ${events.map(([lamp]) => lamp)}::text[], ${events.map(([, version]) => version)}::integer[],
        ${events.map(([lamp, version]) => eventIdOf(SERVICE, lamp, version))}::uuid[],
        ${events.map(([, version]) => `test.lamp.v1.${version === 1 ? 'LampMade' : 'LampLit'}`)}::text[],
        ${events.map(([lamp]) => partitionOf(lamp))}::smallint[],
        ${events.map(([, version]) => new Date(Date.UTC(2026, 0, 1) + version))}::timestamptz[],
        ${events.map(([, version]) => (version % 2 ? null : 'ORDERS'))}::text[],
        ${events.map(([lamp, version]) => (version % 2 ? null : eventIdOf('order', lamp, 1)))}::uuid[],
        ${events.map(([, version]) => (version % 3 ? null : '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'))}::text[],
        ${events.map(([lamp, version]) => payloadOf(lamp, version))}::bytea[])
      returning position, stream_id, version)
    insert into outbox (id, stream_id, version) select position, stream_id, version from appended`.execute(
    tx,
  );
}

/** `count` events of a few lamps in turn, from the given version on: lamp 0 v1, lamp 1 v1, ..., lamp 0 v2, ... */
export function lampEvents(
  lamps: number,
  count: number,
  firstVersion = 1,
  name = 'lamp',
): [string, number][] {
  return Array.from({ length: count }, (_, n) => [
    `${name}-${n % lamps}`,
    firstVersion + Math.floor(n / lamps),
  ]);
}

export async function outboxDepth(db: Database): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`select count(*) as n from outbox`.execute(db);
  return Number(rows[0]?.n);
}

/** Waits until it is so, at most 30 s. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) assert.fail(`not within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
}

/** All messages of the log. */
export async function readAll({ connection, spec }: ServiceLog): Promise<LogMessage[]> {
  const answer = await connection.request(`$JS.API.STREAM.INFO.${spec.name}`, '', { timeoutMs: 5_000 });
  const { config, state } = answer.json<{ config: { first_seq?: number }; state: { last_seq: number } }>();
  const messages: LogMessage[] = [];
  for await (const chunk of readRange(connection, spec.name, config.first_seq ?? 1, state.last_seq))
    messages.push(...chunk.map(readMessage));
  return messages;
}

/** Waits for an empty outbox; then: every event once in the log, in its aggregate's order, bytes equal, chain unbroken. */
export async function audit(log: ServiceLog): Promise<LogMessage[]> {
  await until('the outbox is empty', async () => (await outboxDepth(log.db)) === 0);
  await log.connection.whenConnected(AbortSignal.timeout(10_000));
  const messages = await readAll(log);
  const { rows } = await sql<{ stream_id: string; version: number; event_id: string; payload: Buffer }>`
    select stream_id, version, event_id, payload from events`.execute(log.db);
  assert.equal(messages.length, rows.length, 'as many messages as events');
  const events = new Map(rows.map((row) => [row.event_id, row]));
  const first = messages[0]?.sequence ?? 1;
  const versions = new Map<string, number>();
  const prev = new Map<number, number>();
  messages.forEach((message, index) => {
    assert.equal(message.sequence, first + index);
    const event = events.get(message.eventId);
    events.delete(message.eventId);
    assert.ok(event, `message ${message.sequence} is an event, and was not there before`);
    assert.deepEqual([message.streamId, message.version], [event.stream_id, event.version]);
    assert.equal(Buffer.compare(message.payload, event.payload), 0, 'bytes equal');
    assert.equal(message.version, (versions.get(message.streamId) ?? 0) + 1, 'in order within its aggregate');
    versions.set(message.streamId, message.version);
    assert.equal(message.prev, prev.get(message.partition) ?? 0, 'the chain is unbroken');
    prev.set(message.partition, message.sequence);
    assert.equal(message.partition, partitionOf(message.streamId));
  });
  const record = await sql<{ position: bigint; prev: string[] }>`
    select position, prev::text[] as prev from relay where stream = ${log.spec.name}`.execute(log.db);
  assert.equal(Number(record.rows[0]?.position), first + messages.length - 1, 'the record is at the end');
  assert.deepEqual(
    record.rows[0]?.prev.map(Number),
    Array.from({ length: 256 }, (_, partition) => prev.get(partition) ?? 0),
  );
  return messages;
}

/** Holds the whole log against the databases' events: each once, same bytes, in aggregate order, chained by partition. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { pino } from 'pino';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { type LogMessage, readMessage } from '../../platform/log/headers.ts';
import { readRange } from '../../platform/log/readLog.ts';
import { streamIdentity } from '../../platform/log/stream.ts';
import type { System } from './system.ts';

const STREAMS = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' } as const;

interface EventRow {
  stream_id: string;
  version: number;
  event_id: string;
  payload: Buffer;
}

/** Waits until every outbox is empty, then compares. */
export async function assertLogIsWhole(system: System): Promise<void> {
  const log = await connectLog({
    url: system.urls.nats,
    name: 'e2e',
    logger: pino({ level: 'silent' }),
    signal: AbortSignal.timeout(30_000),
  });
  try {
    for (const [service, stream] of Object.entries(STREAMS)) {
      const database = new pg.Client({
        connectionString: system.urls.databases[service as keyof typeof STREAMS],
      });
      await database.connect();
      try {
        await system.until(async () => {
          const { rows } = await database.query<{ n: string }>('select count(*) as n from outbox');
          assert.equal(rows[0]?.n, '0', `outbox of ${service}`);
        });
        const { rows } = await database.query<EventRow>(
          'select stream_id, version, event_id, payload from events',
        );
        compare(stream, rows, await readAll(log, stream));
      } finally {
        await database.end();
      }
    }
  } finally {
    await log.close();
  }
}

async function readAll(log: LogConnection, stream: string): Promise<LogMessage[]> {
  const identity = await streamIdentity(log, {
    name: stream,
    subjectPrefix: stream.toLowerCase(),
    maxBytes: 1,
    replicas: 1,
  });
  assert.ok(identity, `${stream} exists`);
  const messages: LogMessage[] = [];
  for await (const chunk of readRange(log, stream, identity.firstSequence, identity.lastSequence)) {
    messages.push(...chunk.map(readMessage));
  }
  return messages;
}

function compare(stream: string, rows: readonly EventRow[], messages: readonly LogMessage[]): void {
  const stored = new Map(rows.map((row) => [`${row.stream_id} v${row.version}`, row]));
  const lastOfPartition = new Map<number, number>();
  const versions = new Map<string, number>();
  for (const message of messages) {
    const name = `${message.streamId} v${message.version}`;
    const row = stored.get(name);
    assert.ok(row, `${stream} ${message.sequence}: ${name} is not in the database, or twice in the log`);
    stored.delete(name);
    assert.equal(message.eventId, row.event_id, name);
    assert.equal(Buffer.compare(message.payload, row.payload), 0, `${name}: other bytes`);
    assert.equal(message.version, (versions.get(message.streamId) ?? 0) + 1, `${name}: out of order`);
    versions.set(message.streamId, message.version);
    assert.equal(message.prev, lastOfPartition.get(message.partition) ?? 0, `${name}: prev`);
    lastOfPartition.set(message.partition, message.sequence);
  }
  assert.deepEqual([...stored.keys()], [], `${stream} lacks events`);
}

/** Faults that a test plants in a system of its own, each with how it is undone. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { headers } from '@nats-io/nats-core';
import { sql } from 'kysely';
import pg from 'pg';
import type { LedgerEntry } from '../../cli/audit/judgements/ledger.ts';
import type { Service } from '../../cli/audit/snapshot.ts';
import type { Sources } from '../../cli/audit/sources.ts';
import type { OrderHistory } from '../../cli/audit/story.ts';
import { urlFor, withClient } from '../../cli/servers/serviceDatabase.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { openDatabase, transact } from '../../platform/database.ts';
import { appendEvents } from '../../platform/eventStore.ts';
import { readRange } from '../../platform/log/readLog.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import { openLedger } from '../../services/sandbox/ledger.ts';
import { createSandboxServer } from '../../services/sandbox/server.ts';
import type { Audited } from './audited.ts';

/** A database that things are planted in. */
type Planted = Service | 'analytics';

/** Returns how to undo it. */
export type Plant = (it: Audited) => Promise<() => Promise<unknown>>;

/** Several, undone in reverse. */
export const both =
  (...plants: readonly Plant[]): Plant =>
  async (it) => {
    const undos: (() => Promise<unknown>)[] = [];
    for (const plant of plants) undos.unshift(await plant(it));
    return async () => {
      for (const undo of undos) await undo();
    };
  };

/** Runs statements as a superuser to whom triggers mean nothing. Returns the rows of the last. */
export function plantSql<R extends pg.QueryResultRow>(
  { system }: Audited,
  service: Planted,
  ...statements: readonly (string | readonly [text: string, ...values: unknown[]])[]
): Promise<readonly R[]> {
  return withClient(urlFor(system.urls.postgres, service), async (client) => {
    await client.query('set session_replication_role = replica');
    let rows: readonly R[] = [];
    for (const statement of statements) {
      const [text, ...values] = typeof statement === 'string' ? [statement] : statement;
      ({ rows } = await client.query<R>(text, values));
    }
    return rows;
  });
}

const insertSaved = (table: string, saved: string): readonly string[] => [
  `insert into ${table} overriding system value select * from ${saved}`,
  `drop table ${saved}`,
];
const newTable = (): string => pg.escapeIdentifier(`saved_${randomUUID()}`);

/** Deletes rows. */
export const deletion =
  (service: Planted, table: string, where: string): Plant =>
  async (it) => {
    const saved = newTable();
    const save = `create table ${saved} as select * from ${table} where ${where}`;
    await plantSql(it, service, save, `delete from ${table} where ${where}`);
    return () => plantSql(it, service, ...insertSaved(table, saved));
  };

/** Changes rows; `$1` and so on are the values. */
export const change =
  (service: Planted, table: string, set: string, where: string, ...values: readonly unknown[]): Plant =>
  async (it) => {
    const saved = newTable();
    const save = `create table ${saved} as select * from ${table} where ${where}`;
    await plantSql(it, service, save, [`update ${table} set ${set} where ${where}`, ...values]);
    const key = (row: string) => (KEYS[table] ?? '').replaceAll('%', row);
    const remove = `delete from ${table} t using ${saved} s where (${key('t')}) = (${key('s')})`;
    return () => plantSql(it, service, remove, ...insertSaved(table, saved));
  };

/** What no plant changes of a row. */
const KEYS: Readonly<Record<string, string>> = {
  events: '%.stream_id, %.version',
  items: '%.sku',
  orders: '%.order_id',
  reservations: '%.order_id',
  payments: '%.payment_id',
  checkpoints: '%.consumer, %.last_partition',
  relay: '%.stream',
  timers: '%.payload, %.due_at',
  tasks: '%.task_id',
  requests: '%.caller, %.method, %.request_id',
  'analytics_1.states': '%.stream_id',
  'analytics_1.daily_sales': '%.day, %.currency',
};

/** Changes the payload of an event. */
export const payload =
  (service: Planted, where: string, encode: (bytes: Buffer) => Uint8Array): Plant =>
  async (it) => {
    const [row] = await plantSql<{ payload: Buffer }>(
      it,
      service,
      `select payload from events where ${where}`,
    );
    assert.ok(row, where);
    return change(service, 'events', 'payload = $1', where, encode(row.payload))(it);
  };

/** An event that the log lacks, after the last of its aggregate: a copy of another but for its id and place. */
export const extraEvent =
  (service: Planted, streamId: string, like: string): Plant =>
  async (it) => {
    const id = randomUUID();
    const next = `(select max(version) + 1 from events where stream_id = '${streamId}')`;
    await plantSql(it, service, [
      `insert into events (stream_id, version, event_id, type, partition, time, cause_stream, cause_id, payload)
       select stream_id, ${next}, $1, type, partition, time, cause_stream, cause_id, payload
       from events where stream_id = '${streamId}' and ${like} limit 1`,
      id,
    ]);
    return () => plantSql(it, service, ['delete from events where event_id = $1', id]);
  };

/** An outbox row that stays. */
export const outboxRow =
  (service: Planted, row: string): Plant =>
  async (it) => {
    await plantSql(it, service, `insert into outbox ${row}`);
    return () => plantSql(it, service, 'delete from outbox');
  };

const index = ordersIndex.alias;

function esOf({ sources: { elasticsearch } }: Audited) {
  assert.ok(elasticsearch);
  return elasticsearch;
}

/** Changes an order's document; `undefined` deletes it. */
export const documentChange =
  (id: string, fields: object | undefined): Plant =>
  async (it) => {
    const es = esOf(it);
    const { _source, _version: version = 1 } = await es.get<object>({ index, id });
    const place = { index, id, version, version_type: 'external_gte', refresh: true } as const;
    if (fields) await es.index({ ...place, document: { ..._source, ...fields } });
    else await es.delete(place);
    return () => es.index({ ...place, document: _source });
  };

/** A copy of a document, of an order that does not exist. */
export const extraDocument =
  (like: string): Plant =>
  async (it) => {
    const es = esOf(it);
    const { _source } = await es.get<object>({ index, id: like });
    const id = randomUUID();
    await es.index({ index, id, refresh: true, document: { ..._source, orderId: id } });
    return () => es.delete({ index, id, refresh: true });
  };

/** Writes an order's events as its service would, were it to decide so: the relay publishes them. */
export async function plantEvents({ system }: Audited, { orderId, order }: OrderHistory): Promise<void> {
  const url = system.urls.databases.get('order')?.migrationUrl ?? '';
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
  try {
    await transact(db, async (tx) => {
      await appendEvents(tx, order);
      await sql`insert into orders (order_id, version) values (${orderId}, ${order.at(-1)?.version ?? 0})
        on conflict (order_id) do update set version = excluded.version`.execute(tx);
    });
  } finally {
    await db.destroy();
  }
}

/** The provider's ledger as it would be with other entries, behind an address of its own. */
export async function plantLedger(
  { sources }: Audited,
  change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[],
): Promise<{ readonly sources: Sources; stop(): Promise<void> }> {
  const response = await fetch(new URL('/v1/ledger?limit=1000', sources.provider));
  const { entries } = (await response.json()) as { entries: readonly LedgerEntry[] };
  const folder = join(testFolder(), `ledger-${randomUUID()}`);
  await mkdir(folder);
  const lines = change(entries).map((entry) => `${JSON.stringify(entry)}\n`);
  await writeFile(join(folder, 'ledger.jsonl'), lines.join(''));
  const ledger = await openLedger(folder);
  const server = createSandboxServer(ledger, { lateMs: 0 });
  const provider = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    sources: { ...sources, provider },
    async stop() {
      await server.close();
      await ledger.close();
    },
  };
}

/** Something else writes to the stream. It stays there: nothing can be deleted from the log. */
export async function strayMessage({ sources: { log } }: Audited): Promise<void> {
  await log.request('orders.0.0.Stray', 'not an event', { timeoutMs: 5_000 });
}

/** The order's first event is published once more. It stays there, too. */
export async function duplicateMessage({ sources: { log } }: Audited, orderId: string): Promise<void> {
  for await (const chunk of readRange(log, 'ORDERS', 1, Number.MAX_SAFE_INTEGER)) {
    const found = chunk.find(({ headers }) => headers?.get('ce-subject') === orderId);
    if (!found) continue;
    const again = headers();
    for (const name of found.headers?.keys() ?? []) {
      if (/^(ce|ol)-|^traceparent$/.test(name)) again.set(name, found.headers?.get(name) ?? '');
    }
    await log.request(found.subject, found.payload, { headers: again, timeoutMs: 5_000 });
    return;
  }
}

/** A tiny write model for the platform's own tests: counters that may be added to, moved between, and never pass 100. */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { accept, type Decider, refuse } from './decider.ts';
import { type EventCodec, shortName } from './events.ts';
import { lockBy } from './lockedRows.ts';
import type { AggregateTable, RowWrite, WriteModel } from './writeModel.ts';

export type Counters = ReadonlyMap<string, number>;
export type CounterCommand =
  | { readonly type: 'Add'; readonly key: string; readonly amount: number }
  | { readonly type: 'Move'; readonly from: string; readonly to: string; readonly amount: number };
export interface Added {
  readonly type: 'Added';
  readonly data: { readonly key: string; readonly amount: number };
}

export const COUNTERS_SQL = `create table counters (
  key text primary key, value integer not null check (value between 0 and 100), version integer not null)`;

const codec: EventCodec<Added> = {
  types: ['test.v1.Added'],
  fullName: (type) => `test.v1.${type}`,
  encode: (event) => Buffer.from(JSON.stringify(event.data)),
  decode: (fullName, bytes) =>
    shortName(fullName) === 'Added'
      ? { type: 'Added', data: JSON.parse(Buffer.from(bytes).toString()) }
      : undefined,
};

const decider: Decider<Counters, CounterCommand, Added> = {
  decide(command) {
    if (command.amount === 0) {
      return refuse({ code: 'FAILED_PRECONDITION', reason: 'NOTHING_TO_ADD', message: 'add more than 0' });
    }
    if (command.amount === 13) throw new Error('a bug at 13');
    const added = (key: string, amount: number): Added => ({ type: 'Added', data: { key, amount } });
    return command.type === 'Add'
      ? accept(added(command.key, command.amount))
      : accept(added(command.from, -command.amount), added(command.to, command.amount));
  },
  evolve: (state, { data }) => new Map(state).set(data.key, (state.get(data.key) ?? 0) + data.amount),
};

async function put(tx: Tx, rows: readonly RowWrite<number>[]): Promise<void> {
  await sql`update counters c set value = r.value, version = r.version
    from unnest(${rows.map((row) => row.key)}::text[], ${rows.map((row) => row.state)}::integer[],
      ${rows.map((row) => row.version)}::integer[]) as r(key, value, version) where c.key = r.key`.execute(
    tx,
  );
}

const table: AggregateTable<number> = {
  name: 'counters',
  initial: () => 0,
  lock: lockBy('counters', 'key', 'text'),
  async read(tx, keys) {
    const { rows } = await sql<{ key: string; value: number; version: number }>`
      select * from counters where key = any(${keys}::text[])`.execute(tx);
    return new Map(rows.map((row) => [row.key, { state: row.value, version: row.version }]));
  },
  async insert(tx, rows) {
    await sql`insert into counters select * from unnest(${rows.map((row) => row.key)}::text[],
      ${rows.map((row) => row.state)}::integer[], ${rows.map((row) => row.version)}::integer[])`.execute(tx);
  },
  update: put,
};

export const counterModel: WriteModel<Counters, CounterCommand, Added> = {
  service: 'test',
  codec,
  decider,
  tables: [table],
  keysOf: (command) =>
    (command.type === 'Add' ? [command.key] : [command.from, command.to]).map((key) => ({
      table: 'counters',
      key,
    })),
  assemble(row, command) {
    const keys = this.keysOf(command);
    return new Map(keys.map((key) => [key.key, row(key) as number]));
  },
  pick: (state, key) => state.get(key.key),
  address: ({ data }) => ({ table: 'counters', key: data.key, streamId: data.key, partitionKey: data.key }),
  tasksOf: ({ data }) =>
    data.amount === 99
      ? [{ taskId: '00000000-0000-5000-8000-000000000099', kind: 'call', payload: Buffer.from(data.key) }]
      : [],
};

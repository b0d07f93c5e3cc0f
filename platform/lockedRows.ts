/**
 * What a batch of commands begins with: its rows, locked, and what was answered to its requests before. Tables in the model's
 * order, in each the rows in key order; the read is younger than the locks.
 *
 * A row that is not there cannot be locked, and may be there when it is read: the lock may have waited for another row in the
 * meantime. It would be written as if it were locked, over what others make of it. So the batch starts again.
 */
import { sql } from 'kysely';
import { Contention, type Tx, together } from './database.ts';
import type { AnyEvent } from './events.ts';
import { type Envelope, rowName, type WorkingSet } from './fold.ts';
import { type KnownAnswer, readAnswers } from './requests.ts';
import type { AggregateTable, RowKey, WriteModel } from './writeModel.ts';

export interface Beginning {
  /** Statements that go out together. They read and lock, and change nothing. */
  first(tx: Tx): readonly Promise<unknown>[];
  /** Behind these: table by table, what rows before told of. */
  rest(tx: Tx): Promise<void>;
  /** By rowName. */
  readonly rows: WorkingSet;
  /** By requestName. */
  answers(): ReadonlyMap<string, KnownAnswer>;
}

export function beginningOf<S, C, E extends AnyEvent>(
  model: WriteModel<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
): Beginning {
  const rows: WorkingSet = new Map();
  let answers: ReadonlyMap<string, KnownAnswer> = new Map();
  const keysOfTable = new Map(model.tables.map(({ name }) => [name, new Set<string>()]));
  const add = ({ table, key }: RowKey) => keysOfTable.get(table)?.add(key);
  for (const { command } of envelopes) model.keysOf(command).forEach(add);
  const firstTable = model.tables.findIndex(({ name }) => keysOfTable.get(name)?.size);
  const [first, ...later] = firstTable === -1 ? [] : model.tables.slice(firstTable);
  const locked = (tx: Tx, table: AggregateTable<unknown>) =>
    lockAndRead(tx, table, keysOfTable.get(table.name) ?? new Set(), rows);
  return {
    rows,
    answers: () => answers,
    first(tx) {
      const requests = envelopes.flatMap(({ request }) => request ?? []);
      const asked = readAnswers(tx, requests).then((found) => {
        answers = found;
      });
      return [asked, ...(first ? locked(tx, first) : [])];
    },
    async rest(tx) {
      for (const table of later) {
        for (const key of linkedKeys(model, envelopes, rows)) add(key);
        await together(tx, (at) => locked(at, table));
      }
    },
  };
}

/** The `lock` of a table whose rows have their key in that column. */
export function lockBy(
  table: string,
  column: string,
  type: 'uuid' | 'text',
): AggregateTable<unknown>['lock'] {
  const [from, key, keyType] = [sql.table(table), sql.ref(column), sql.raw(type)];
  return async (tx, keys) => {
    const { rows } = await sql`
      select 1 from ${from} where ${key} = any(${keys}::${keyType}[]) order by ${key} for update`.execute(tx);
    return rows.length;
  };
}

/** Statements that go out together; none if there are no keys. Contention: rows appeared in between. */
export function lockAndRead(
  tx: Tx,
  table: AggregateTable<unknown>,
  keys: ReadonlySet<string>,
  rows: WorkingSet,
): readonly Promise<unknown>[] {
  const sorted = [...keys].sort();
  if (sorted.length === 0) return [];
  const [locked, read] = [table.lock(tx, sorted), readTable(tx, table, sorted, rows)];
  return [locked, read, haveAllBeenLocked(table.name, locked, read)];
}

/** Rows that are locked stay, so that their number tells. */
async function haveAllBeenLocked(
  table: string,
  locked: Promise<number>,
  read: Promise<number>,
): Promise<void> {
  const appeared = (await read) - (await locked);
  if (appeared > 0) throw new Contention(`${appeared} of ${table} appeared behind the locks`);
}

function linkedKeys<S, C, E extends AnyEvent>(
  model: WriteModel<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  rows: WorkingSet,
): readonly RowKey[] {
  const { linkedKeysOf } = model;
  if (!linkedKeysOf) return [];
  return envelopes.flatMap(({ command }) =>
    // A command whose own rows are in a later table has nothing to link yet.
    model.keysOf(command).every((key) => rows.has(rowName(key)))
      ? linkedKeysOf(command, (key) => rows.get(rowName(key))?.state)
      : [],
  );
}

/** Returns how many of them there are. */
export async function readTable(
  tx: Tx,
  table: AggregateTable<unknown>,
  keys: readonly string[],
  rows: WorkingSet,
): Promise<number> {
  const stored = await table.read(tx, keys);
  for (const key of keys) {
    const row = stored.get(key) ?? { state: table.initial(key), version: 0 };
    const rowKey = { table: table.name, key };
    rows.set(rowName(rowKey), { key: rowKey, ...row, storedVersion: row.version, dirty: false });
  }
  return stored.size;
}

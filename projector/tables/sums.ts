/** Sums over states: what changed states contribute now, less what they contributed before, row by row. */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import type { Contribution, KeyValue, SumTable } from './projection.ts';

/** One row of a table of sums. */
export interface SumRow {
  readonly key: readonly KeyValue[];
  readonly sums: readonly bigint[];
}

export interface Tally {
  add(contributions: readonly Contribution[]): void;
  subtract(contributions: readonly Contribution[]): void;
  /** Rows that are not all zero, by table. */
  rows(table: string): readonly SumRow[];
}

/** Adds up in memory; as large as there are rows. */
export function createTally(): Tally {
  const tables = new Map<string, Map<string, SumRow>>();
  const count = (contributions: readonly Contribution[], sign: bigint) => {
    for (const { table, key, sums } of contributions) {
      const rows = tables.get(table) ?? new Map<string, SumRow>();
      tables.set(table, rows);
      const name = JSON.stringify(key);
      const before = rows.get(name)?.sums;
      rows.set(name, { key, sums: sums.map((sum, at) => (before?.[at] ?? 0n) + sign * sum) });
    }
  };
  return {
    add: (contributions) => count(contributions, 1n),
    subtract: (contributions) => count(contributions, -1n),
    rows: (table) =>
      [...(tables.get(table)?.values() ?? [])].filter(({ sums }) => sums.some((sum) => sum !== 0n)),
  };
}

/** Adds rows to a table's. */
export async function addRows(
  tx: Tx,
  schema: string,
  name: string,
  { keys, sums }: SumTable,
  rows: readonly SumRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const table = sql.id(schema, name);
  const columns = [...Object.keys(keys), ...sums].map((column) => sql.id(column));
  const keyArrays = Object.values(keys).map(
    (type, at) => sql`${rows.map(({ key }) => String(key[at]))}::${sql.raw(type)}[]`,
  );
  const sumArrays = sums.map((_, at) => sql`${rows.map((row) => String(row.sums[at]))}::numeric[]`);
  const added = sums.map((sum) => sql`${sql.id(sum)} = t.${sql.id(sum)} + excluded.${sql.id(sum)}`);
  await sql`
    insert into ${table} as t (${sql.join(columns)})
    select * from unnest(${sql.join([...keyArrays, ...sumArrays])})
    on conflict (${sql.join(Object.keys(keys).map((key) => sql.id(key)))}) do update set ${sql.join(added)}`.execute(
    tx,
  );
}

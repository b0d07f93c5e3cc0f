/** The columns of a generation's own tables, as `table.column`. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/database.ts';

/** What every generation has beside its sums (projector/tables/tables.sql). */
const COMMON = ['checkpoint', 'states', 'parked'];

export async function sumColumnsOf(tx: Tx, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = ${schema} and table_name <> all(${COMMON}::text[])
    order by table_name, ordinal_position`.execute(tx);
  return new Set(rows.map(({ name }) => name));
}

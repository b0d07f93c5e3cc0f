/** The sums of two generations, row by row. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/database.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import type { SumProjection, SumTable } from '../../../projector/tables/projection.ts';
import type { Tally as Sums } from '../../../projector/tables/sums.ts';
import type { Tally } from '../comparison.ts';

/** `beside`: what the second has beside the first, since their states are of other versions. */
export async function compareSums<S, E extends AnyEvent>(
  tx: Tx,
  { tables }: SumProjection<S, E>,
  before: string,
  after: string,
  beside: Sums,
  tally: Tally,
): Promise<void> {
  for (const [name, table] of Object.entries(tables)) {
    const [old, now] = [await readSums(tx, before, name, table), await readSums(tx, after, name, table)];
    for (const { key, sums } of beside.rows(name)) {
      const id = JSON.stringify(key.map(String));
      const known = old.get(id) ?? table.sums.map(() => 0n);
      old.set(
        id,
        known.map((sum, at) => sum + (sums[at] ?? 0n)),
      );
    }
    for (const id of new Set([...old.keys(), ...now.keys()])) {
      const content = (sums: readonly bigint[] | undefined) =>
        Object.fromEntries(table.sums.map((column, at) => [column, sums?.[at] ?? 0n]));
      const row = { id: `${name} ${id}`, version: 1 };
      tally.pair({ ...row, content: content(old.get(id)) }, { ...row, content: content(now.get(id)) });
    }
  }
}

/** By their keys; as many as there are days, SKUs and the like. */
async function readSums(
  tx: Tx,
  schema: string,
  name: string,
  { keys, sums }: SumTable,
): Promise<Map<string, readonly bigint[]>> {
  const texts = (columns: readonly string[]) =>
    sql.join(
      columns.map((column) => sql`${sql.id(column)}::text`),
      sql`, `,
    );
  const { rows } = await sql<{ key: string[]; sums: string[] }>`
    select array[${texts(Object.keys(keys))}] as key, array[${texts(sums)}] as sums
    from ${sql.id(schema, name)}`.execute(tx);
  return new Map(rows.map((row) => [JSON.stringify(row.key), row.sums.map(BigInt)]));
}

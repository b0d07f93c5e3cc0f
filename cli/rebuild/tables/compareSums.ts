/** The sums of two generations, row by row. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/database.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import type { SumProjection } from '../../../projector/tables/projection.ts';
import type { Tally as Sums } from '../../../projector/tables/sums.ts';
import type { Tally } from '../comparison.ts';

/**
 * `common`: the columns that both schemas have, as `table.column`. Others are left out; where they are keys, rows that are the
 * same in the common ones are added up. `beside`: what the second has beside the first, since their states are of other versions.
 */
export async function compareSums<S, E extends AnyEvent>(
  tx: Tx,
  { tables }: SumProjection<S, E>,
  [before, after]: readonly [string, string],
  common: ReadonlySet<string>,
  beside: Sums,
  tally: Tally,
): Promise<void> {
  for (const [name, table] of Object.entries(tables)) {
    const allKeys = Object.keys(table.keys);
    /** Of values that stand in the order of `columns`, those of common ones. */
    const commonOf = <T>(columns: readonly string[], values: readonly T[]): readonly T[] =>
      values.filter((_, at) => common.has(`${name}.${columns[at]}`));
    const [keys, columns] = [commonOf(allKeys, allKeys), commonOf(table.sums, table.sums)];
    if (columns.length === 0) continue;
    const [old, now] = [
      await readSums(tx, before, name, keys, columns),
      await readSums(tx, after, name, keys, columns),
    ];
    for (const { key, sums } of beside.rows(name)) {
      const id = JSON.stringify(commonOf(allKeys, key).map(String));
      const added = commonOf(table.sums, sums);
      const known = old.get(id) ?? columns.map(() => 0n);
      old.set(
        id,
        known.map((sum, at) => sum + (added[at] ?? 0n)),
      );
    }
    for (const id of new Set([...old.keys(), ...now.keys()])) {
      const content = (sums: readonly bigint[] | undefined) =>
        Object.fromEntries(columns.map((column, at) => [column, sums?.[at] ?? 0n]));
      const row = { id: `${name} ${id}`, version: 1 };
      tally.pair({ ...row, content: content(old.get(id)) }, { ...row, content: content(now.get(id)) });
    }
  }
}

/** By those keys; as many as there are days, SKUs and the like. */
async function readSums(
  tx: Tx,
  schema: string,
  name: string,
  keys: readonly string[],
  columns: readonly string[],
): Promise<Map<string, readonly bigint[]>> {
  const texts = sql.join(keys.map((key) => sql`${sql.id(key)}::text`));
  const sums = sql.join(columns.map((column) => sql`coalesce(sum(${sql.id(column)}), 0)::text`));
  const groups = keys.length > 0 ? sql.join(keys.map((key) => sql.id(key))) : sql`()`;
  const { rows } = await sql<{ key: string[]; sums: string[] }>`
    select array[${texts}]::text[] as key, array[${sums}] as sums
    from ${sql.id(schema, name)} group by ${groups}`.execute(tx);
  return new Map(rows.map((row) => [JSON.stringify(row.key), row.sums.map(BigInt)]));
}

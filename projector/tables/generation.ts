/**
 * Generations of a projection's tables: each in a schema of its own (`analytics_1`), one of them live. Which one that is stands
 * in `generations`; who reads or writes asks for it when he begins, and keeps to that schema until he begins again.
 *
 * Tables are made by the owner, and there is nothing to migrate in them: another shape is another generation, filled from the
 * log.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openDatabase, type Transaction, type Tx, transact } from '../../platform/database.ts';
import type { AnyEvent } from '../../platform/events.ts';
import { migrate } from '../../platform/migrate.ts';
import type { SumProjection } from './projection.ts';

/** What the tables are made of. */
export type TableDefinition = Pick<SumProjection<never, AnyEvent>, 'name' | 'version' | 'tablesFile'>;

/** Who may do what with them. */
export interface TableRoles {
  /** The projector's. */
  readonly writer: string;
  readonly reader: string;
}

/** Of what all projections share. */
export const tableMigrations = { scope: 'projections', folder: join(import.meta.dirname, 'sql') };
const COMMON_TABLES = join(import.meta.dirname, 'tables.sql');

/** The schema that is live; undefined: there is none yet. */
export async function liveSchema(db: Tx, projection: string): Promise<string | undefined> {
  const { rows } = await sql<{ live: string }>`
    select live from generations where projection = ${projection}`.execute(db);
  return rows[0]?.live;
}

/** Makes the first generation, and makes it live, if there is none. `ownerUrl` is that of the database's owner. */
export async function ensureTables(
  ownerUrl: string,
  definition: TableDefinition,
  roles: TableRoles,
): Promise<void> {
  const { writer: runtimeRole, reader: readerRole } = roles;
  await migrate({ url: ownerUrl, runtimeRole, readerRole, sources: [tableMigrations] });
  const db = openDatabase({ url: ownerUrl, applicationName: 'orderlog-generations', maxConnections: 1 });
  try {
    await transact(db, async (tx) => {
      // Of several that start together one makes the tables; the others find them.
      await sql`lock table generations in share row exclusive mode`.execute(tx);
      if ((await liveSchema(tx, definition.name)) !== undefined) return;
      const schema = `${definition.name}_1`;
      await createGeneration(tx, definition, schema, roles);
      await sql`insert into generations (projection, live) values (${definition.name}, ${schema})`.execute(
        tx,
      );
    });
  } finally {
    await db.destroy();
  }
}

/** Makes an empty generation in a new schema, as the database's owner. */
export async function createGeneration(
  tx: Transaction,
  definition: TableDefinition,
  schema: string,
  { writer, reader }: TableRoles,
): Promise<void> {
  const name = sql.id(schema);
  await sql`create schema ${name}`.execute(tx);
  await sql`select set_config('search_path', quote_ident(${schema}), true)`.execute(tx);
  for (const file of [COMMON_TABLES, definition.tablesFile]) {
    await sql.raw(await readFile(file, 'utf8')).execute(tx);
  }
  await sql`insert into checkpoint (shape) values (${await shapeOf(definition)})`.execute(tx);
  await sql`select set_config('search_path', 'public', true)`.execute(tx);
  const both = sql`${sql.id(writer)}, ${sql.id(reader)}`;
  await sql`grant usage on schema ${name} to ${both}`.execute(tx);
  await sql`grant select on all tables in schema ${name} to ${both}`.execute(tx);
  await sql`grant insert, update, delete on all tables in schema ${name} to ${sql.id(writer)}`.execute(tx);
  await sql`grant select on generations to ${sql.id(reader)}`.execute(tx);
}

/** What a generation holds: its tables' definition, and the version of the fold. */
export async function shapeOf({ version, tablesFile }: TableDefinition): Promise<string> {
  const hash = createHash('sha256').update(`version ${version}\n`);
  for (const file of [COMMON_TABLES, tablesFile]) {
    const text = await readFile(file, 'utf8');
    hash.update(text.replace(/--.*$/gm, '').replace(/\s+/g, ' '));
  }
  return hash.digest('hex');
}

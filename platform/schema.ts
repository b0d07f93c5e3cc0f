/**
 * A service's schema, before anything else of it runs: brought up to its files by the owner, or waited for where somebody else
 * does that (`orderlog migrate`).
 */
import { sql } from 'kysely';
import { type Database, isConnectionError, isInfrastructureError, isRefusal } from './database.ts';
import type { Logger } from './logging.ts';
import { type MigrateOptions, type MigrationSource, migrate, readMigrations } from './migrate.ts';
import { backoffMs, pause } from './wait.ts';

/** How long a database that cannot be reached yet is waited for. */
const DATABASE_WAIT_MS = 60_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

export interface SchemaOwner extends MigrateOptions {
  /** Told of each attempt that found no database. */
  readonly onWait: (error: unknown) => void;
}

/** Migrates, and waits for a database that is not there yet. Returns what was applied. Throws what does not pass by itself. */
export async function migrateWhenReachable(
  { onWait, ...owner }: SchemaOwner,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const untilMs = performance.now() + DATABASE_WAIT_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await migrate(owner);
    } catch (error) {
      // Wrong settings are told at once.
      const mayPass = isInfrastructureError(error) && !isRefusal(error);
      if (!mayPass || performance.now() > untilMs) throw error;
      onWait(error);
      await pause(backoffMs(attempt, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
    }
  }
}

/** No such table, and no right to read it: nobody has migrated yet. */
const NOT_THERE = ['42P01', '42501'];

/** Waits until every file has been applied, saying what it waits for. A schema that is newer than the files is as good. */
export async function untilMigrated(
  db: Database,
  sources: readonly MigrationSource[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const needed = await readMigrations(sources);
  let told = '';
  for (let attempt = 0; !signal.aborted; attempt++) {
    const missing = await missingFrom(db, needed);
    if (missing === undefined) return;
    if (missing !== told)
      logger.warn({ missing }, 'waiting for the schema: somebody must run `orderlog migrate`');
    told = missing;
    await pause(backoffMs(attempt, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
  }
}

type Known = { readonly scope: string; readonly number: number; readonly name: string };

/** The first that was not applied, or why nobody can tell; undefined: all were. Throws what does not pass by itself. */
async function missingFrom(db: Database, needed: readonly Known[]): Promise<string | undefined> {
  try {
    const { rows } = await sql<{
      scope: string;
      number: number;
    }>`select scope, number from migrations`.execute(db);
    const applied = new Set(rows.map(({ scope, number }) => `${scope}/${number}`));
    const missing = needed.find(({ scope, number }) => !applied.has(`${scope}/${number}`));
    return missing && `${missing.scope}/${missing.name}`;
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (NOT_THERE.includes(code ?? '') || isConnectionError(error)) return message;
    throw error;
  }
}

/**
 * A rebuild retires the live tables for the moment in which others take their place (cli/rebuild/switchOver.ts). Where it was
 * killed just then, the projector takes that back and goes on; the rebuild cannot switch afterwards.
 */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { type Database, transact } from '../../platform/database.ts';
import { isAbandoned, type RebuildLock } from '../engine/rebuildLock.ts';
import { liveSchema } from './generation.ts';

/** Does nothing unless a rebuild that is not alive any more has retired these tables. */
export async function endAbandonedHold(
  db: Database,
  projection: string,
  schema: string,
  logger: Logger,
): Promise<void> {
  const { rows } = await sql<{ is_retired: boolean; rebuild_lock: RebuildLock | null }>`
    select is_retired, rebuild_lock from ${sql.id(schema, 'checkpoint')}, generations
    where projection = ${projection}`.execute(db);
  const [row] = rows;
  if (!row?.is_retired || !isAbandoned(row.rebuild_lock ?? undefined, schema)) return;
  const { owner } = row.rebuild_lock ?? {};
  logger.warn({ schema, owner }, 'a rebuild ended while it was switching: the tables stay the live ones');
  await transact(db, async (tx) => {
    await sql`update ${sql.id(schema, 'checkpoint')} set is_retired = false`.execute(tx);
    // The row is locked now: who still means to switch finds it like this, and who was faster has moved the live ones.
    if ((await liveSchema(tx, projection)) !== schema) throw new Error(`${schema} is not live any more`);
  });
}

/**
 * One migration, in a transaction of its own, which waits for no lock for long: who waits for a table has everybody who comes after
 * wait as well, whatever they want of it. Who holds the lock is asked by another connection meanwhile.
 */
import pg from 'pg';
import { isInfrastructureError } from './database.ts';
import type { Migration } from './migrate.ts';
import { pause } from './wait.ts';

const LOCK_TIMEOUT_MS = 3_000;
/** By then whoever holds a lock for a moment only has let it go. */
const ASK_HOLDERS_MS = LOCK_TIMEOUT_MS / 2;
/** Bounds the asking: to be answered later is of no use. */
const ASK_WITHIN_MS = 2_000;
/** A lock was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * undefined: it is applied. Else nothing is done, for want of a lock: who holds that, as far as it is known, such as `psql (process
 * 42)`. `url` is that of the client. Throws an infrastructure error as it is; anything else is about the file.
 */
export async function applyMigration(
  client: pg.Client,
  { scope, number, name, checksum, text }: Migration,
  { url, runtimeRole }: { readonly url: string; readonly runtimeRole: string },
): Promise<readonly string[] | undefined> {
  const holders = await askHoldersLater(client, url);
  await client.query('begin');
  try {
    await client.query(
      "select set_config('orderlog.runtime_role', $1, true), set_config('lock_timeout', $2, true)",
      [runtimeRole, `${LOCK_TIMEOUT_MS}ms`],
    );
    await client.query(text);
    await client.query('insert into migrations (scope, number, name, checksum) values ($1, $2, $3, $4)', [
      scope,
      number,
      name,
      checksum,
    ]);
    await client.query('commit');
    return undefined;
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await client.query('rollback').catch(() => undefined);
    if ((error as { readonly code?: unknown }).code === LOCK_NOT_AVAILABLE) return await holders();
    if (isInfrastructureError(error)) throw error;
    throw new Error(`migration ${scope}/${name} failed: ${(error as Error).message}`, { cause: error });
  } finally {
    await holders();
  }
}

/** Returns how to hear of them, which also calls the question off if it was not asked yet. */
async function askHoldersLater(client: pg.Client, url: string): Promise<() => Promise<readonly string[]>> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const over = new AbortController();
  const asking = pause(ASK_HOLDERS_MS, over.signal).then(() =>
    over.signal.aborted ? [] : lockHolders(url, rows[0]?.pid ?? 0).catch(() => []),
  );
  return () => {
    over.abort();
    return asking;
  };
}

/** Whom a server process waits for. Throws what the database throws. */
async function lockHolders(url: string, pid: number): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'orderlog-migrate-asks',
    connectionTimeoutMillis: ASK_WITHIN_MS,
    query_timeout: ASK_WITHIN_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ holder: string }>(
      `select format('%s (process %s)', coalesce(nullif(application_name, ''), usename::text, '?'), pid) as holder
      from pg_stat_activity where pid = any(pg_blocking_pids($1)) order by pid`,
      [pid],
    );
    return rows.map(({ holder }) => holder);
  } finally {
    await client.end();
  }
}

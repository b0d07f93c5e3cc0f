/**
 * Numbered, forward-only SQL (`0001_name.sql`), each file once, in one transaction of its own, under a lock, so that
 * replicas may start together. What was applied is kept with its SHA-256: a file that changed afterwards is refused.
 *
 * A file that does not get a lock soon is rolled back, and tried again a little later, for as long as it takes (applyMigration.ts).
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { applyMigration } from './applyMigration.ts';
import { backoffMs } from './wait.ts';

/** One folder of migrations; `scope` names it in the migrations table. */
export interface MigrationSource {
  readonly scope: string;
  readonly folder: string;
}

export interface Migration {
  readonly scope: string;
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** "orderlog" in ASCII, as the key of the advisory lock. */
const LOCK_KEY = '8030591472429199207';
const CONNECT_TIMEOUT_MS = 5_000;

const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 10_000;

export interface MigrateOptions {
  /** The owner's. */
  readonly url: string;
  /** Gets the grants; a file finds it in the setting orderlog.runtime_role. */
  readonly runtimeRole: string;
  readonly readerRole?: string;
  readonly sources: readonly MigrationSource[];
  /** Told what it waits for: another that migrates, once; a lock, at each attempt. */
  readonly onLocked?: (why: string) => void;
}

/**
 * Brings a database's schema up to the files. `runtimeRole` may read which migrations were applied; `readerRole` may only connect
 * here. Nobody else may. Returns what it applied. Throws an infrastructure error (database.ts) as it is: try again; anything else is
 * about the files.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const migrations = await readMigrations(options.sources);
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'orderlog-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Without a listener a connection that breaks would end the process; the query under way fails with it and tells.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await takeTurn(client, options);
    await client.query(`create table if not exists migrations (
      scope text not null, number integer not null, name text not null, checksum text not null,
      applied_at timestamptz not null default now(), primary key (scope, number))`);
    const applied: string[] = [];
    for (const migration of migrations) {
      if (await applyOnce(client, migration, options)) applied.push(migration.name);
    }
    await client.query(`grant select on migrations to ${pg.escapeIdentifier(options.runtimeRole)}`);
    await admitOnly(client, [options.runtimeRole, ...(options.readerRole ? [options.readerRole] : [])]);
    return applied;
  } finally {
    await client.end();
  }
}

/** One migrates at a time. Nobody but those who migrate waits behind this lock. */
async function takeTurn(client: pg.Client, { onLocked }: MigrateOptions): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    LOCK_KEY,
  ]);
  if (rows[0]?.locked) return;
  onLocked?.('another process migrates this database: waiting until it has');
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
}

/** PostgreSQL lets every role of the server connect to a new database. */
async function admitOnly(client: pg.Client, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const database = pg.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect on database ${database} to ${roles.map(pg.escapeIdentifier).join(', ')}`);
}

/** What the files say, in the order in which they are applied. */
export const readMigrations = async (sources: readonly MigrationSource[]): Promise<readonly Migration[]> =>
  (await Promise.all(sources.map(readSource))).flat();

async function readSource({ scope, folder }: MigrationSource): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
      if (number !== index + 1) {
        throw new Error(`migration ${name} of ${scope}: expected number ${index + 1}, as in 0001_name.sql`);
      }
      const text = await readFile(join(folder, name), 'utf8');
      return { scope, number, name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function applyOnce(client: pg.Client, migration: Migration, options: MigrateOptions): Promise<boolean> {
  const { scope, number, name, checksum } = migration;
  const { rows } = await client.query<{ checksum: string }>(
    'select checksum from migrations where scope = $1 and number = $2',
    [scope, number],
  );
  if (rows[0]) {
    if (rows[0].checksum === checksum) return false;
    throw new Error(
      `migration ${scope}/${name} was changed after it was applied: restore the file and add a new one`,
    );
  }
  for (let attempt = 0; ; attempt++) {
    const holders = await applyMigration(client, migration, options);
    if (!holders) return true;
    const whom = holders.length > 0 ? holders.join(', ') : 'somebody';
    options.onLocked?.(`migration ${scope}/${name} needs a lock that ${whom} has, and is tried again`);
    await sleep(backoffMs(attempt, FIRST_RETRY_MS, MAX_RETRY_MS));
  }
}

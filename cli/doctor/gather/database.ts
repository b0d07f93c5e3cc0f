/** A service's database, seen as the role that the service runs as; its migrations as their owner, where that is known. */
import type pg from 'pg';
import { type MigrationSource, readMigrations } from '../../../platform/migrate.ts';
import { POISON_TRIGGER } from '../../dev/poison.ts';
import { withClient } from '../../servers/serviceDatabase.ts';
import type { DatabaseFacts } from '../judge/database.ts';
import { ASK_WITHIN_MS } from './ask.ts';

export interface DatabaseAddress {
  readonly url: string;
  /** The owner's; unset: migrations are not looked at. */
  readonly migrationUrl?: string;
}

const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums'];

/**
 * One look at all, in one statement. A role without pg_monitor is shown hardly more of others' sessions than whose they are and
 * where, which parts clients from what the server does for itself; and of standbys that they are there.
 */
const LOOK = `
  select current_setting('server_version') as version, clock_timestamp() as now, pg_is_in_recovery() as replica,
    (select json_object_agg(name, setting) from pg_settings where name = any($1)) as settings,
    (select json_build_object('asynchronous', count(*) filter (where sync_state = 'async'),
        'unseen', count(*) filter (where sync_state is null),
        'isAnyWaitedFor', current_setting('synchronous_standby_names') <> '')
      from pg_stat_replication) as standbys,
    (select array_agg(p) from unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) p
      where has_table_privilege('events', p)) as privileges,
    exists (select from pg_trigger where tgrelid = 'events'::regclass and tgname = 'events_append_only'
      and tgenabled in ('O', 'A')) as trigger_on,
    exists (select from pg_trigger where tgrelid = 'events'::regclass and tgname = $2) as poisoned,
    (select count(*)::int from pg_stat_activity
      where coalesce(backend_type = 'client backend', datid is not null and usesysid is not null)) as connections,
    current_setting('max_connections')::int as max_connections,
    (select count(*)::int from outbox) as outbox,
    (select min(e.time) from (select * from outbox order by id limit 1) o join events e using (stream_id, version)) as oldest`;

interface Row {
  version: string;
  now: Date;
  replica: boolean;
  settings: DatabaseFacts['settings'] | null;
  standbys: DatabaseFacts['standbys'];
  privileges: string[] | null;
  trigger_on: boolean;
  poisoned: boolean;
  connections: number;
  max_connections: number;
  outbox: number;
  oldest: Date | null;
}

/** Throws what the database throws. */
export async function databaseFacts(
  { url, migrationUrl }: DatabaseAddress,
  sources: readonly MigrationSource[],
): Promise<DatabaseFacts> {
  const facts = await withClient(url, async (client) => {
    await client.query(`set statement_timeout = ${ASK_WITHIN_MS}`);
    const before = Date.now();
    const { rows } = await client.query<Row>(LOOK, [SETTINGS, POISON_TRIGGER]);
    const [row] = rows;
    if (!row) throw new Error('the database answers nothing');
    return factsOf(row, (before + Date.now()) / 2);
  });
  if (migrationUrl === undefined) return facts;
  const migrations = await withClient(migrationUrl, (client) => migrationsOf(client, sources));
  return { ...facts, migrations };
}

const factsOf = (row: Row, askedAtMs: number): DatabaseFacts => ({
  version: row.version,
  settings: row.settings ?? {},
  skewMs: row.now.getTime() - askedAtMs,
  isReplica: row.replica,
  standbys: row.standbys,
  eventPrivileges: row.privileges ?? [],
  isTriggerOn: row.trigger_on,
  connections: { used: row.connections, max: row.max_connections },
  outbox: { rows: row.outbox, ...(row.oldest && { oldestAgeMs: row.now.getTime() - row.oldest.getTime() }) },
  isPoisoned: row.poisoned,
});

async function migrationsOf(
  client: pg.Client,
  sources: readonly MigrationSource[],
): Promise<NonNullable<DatabaseFacts['migrations']>> {
  const { rows } = await client.query<{ scope: string; number: number; checksum: string }>(
    'select scope, number, checksum from migrations',
  );
  const applied = new Map(rows.map(({ scope, number, checksum }) => [`${scope}/${number}`, checksum]));
  const files = await readMigrations(sources);
  const of = ({ scope, number }: (typeof files)[number]) => applied.get(`${scope}/${number}`);
  const nameOf = ({ scope, name }: (typeof files)[number]) => `${scope}/${name}`;
  return {
    pending: files.filter((file) => of(file) === undefined).map(nameOf),
    changed: files.filter((file) => of(file) !== undefined && of(file) !== file.checksum).map(nameOf),
  };
}

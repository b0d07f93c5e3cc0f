/**
 * A service's own database: `<name>_owner` owns it and its schema (migrations run as this role), `<name>` is what the
 * service runs as, and may do only what the migrations grant; where others read it, `<name>_reader` is what they do so as.
 */
import pg from 'pg';

export interface ServiceDatabase {
  readonly name: string;
  readonly ownerPassword: string;
  readonly password: string;
  /** Set: others than the service read it. */
  readonly readerPassword?: string;
}

export interface ServiceDatabaseUrls {
  /** As the role that the service runs as. */
  readonly url: string;
  readonly migrationUrl: string;
  readonly readerUrl?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const name = (text: string): string => pg.escapeIdentifier(text);

/** Makes the roles and the database, or brings them up to date. `adminUrl` may create both. */
export async function ensureServiceDatabase(
  adminUrl: string,
  database: ServiceDatabase,
): Promise<ServiceDatabaseUrls> {
  const owner = ownerOf(database.name);
  const reader = readerOf(database.name);
  const { readerPassword } = database;
  await withClient(adminUrl, async (client) => {
    await ensureRole(client, owner, database.ownerPassword);
    await ensureRole(client, database.name, database.password);
    const found = await client.query('select from pg_database where datname = $1', [database.name]);
    if (found.rowCount === 0) {
      await client.query(`create database ${name(database.name)} owner ${name(owner)} template template0`);
    }
    await client.query(`revoke all on database ${name(database.name)} from public`);
    await client.query(`grant connect on database ${name(database.name)} to ${name(database.name)}`);
    if (readerPassword === undefined) return;
    await ensureRole(client, reader, readerPassword);
    await client.query(`grant connect on database ${name(database.name)} to ${name(reader)}`);
  });
  return {
    url: urlFor(adminUrl, database.name, database.name, database.password),
    migrationUrl: urlFor(adminUrl, database.name, owner, database.ownerPassword),
    ...(readerPassword !== undefined && {
      readerUrl: urlFor(adminUrl, database.name, reader, readerPassword),
    }),
  };
}

/** Which of these databases a server has. */
export const databasesIn = (adminUrl: string, names: readonly string[]): Promise<readonly string[]> =>
  withClient(adminUrl, async (client) => {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where datname = any($1) order by 1',
      [names],
    );
    return found.rows.map(({ datname }) => datname);
  });

export const ownerOf = (database: string): string => `${database}_owner`;
export const readerOf = (database: string): string => `${database}_reader`;

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const found = await client.query('select from pg_roles where rolname = $1', [role]);
  const verb = found.rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${name(role)} login password ${pg.escapeLiteral(password)}`);
  // Who is no superuser must be a member of the role that it gives a database to.
  const { rows } = await client.query<{ member: boolean }>(
    "select rolsuper or pg_has_role($1, 'member') as member from pg_roles where rolname = current_user",
    [role],
  );
  if (!rows[0]?.member) await client.query(`grant ${name(role)} to current_user`);
}

/** The same server and parameters, another database and, if given, another user. */
export function urlFor(adminUrl: string, database: string, user?: string, password?: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (user !== undefined) url.username = encodeURIComponent(user);
  if (password !== undefined) url.password = encodeURIComponent(password);
  return url.href;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // Told by the query that meets it; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Real servers of a stage's own, with their durable settings, in the folder of the benchmark. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { startElasticsearch } from '../../cli/servers/elasticsearch.ts';
import { startNats } from '../../cli/servers/nats.ts';
import { freePorts } from '../../cli/servers/ports.ts';
import { startPostgres } from '../../cli/servers/postgres.ts';
import { ensureServiceDatabase, urlFor, withClient } from '../../cli/servers/serviceDatabase.ts';
import type { RunningServer, ServerOptions } from '../../cli/servers/types.ts';
import { type Database, openDatabase } from '../../platform/database.ts';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { migrate } from '../../platform/migrate.ts';
import type { BenchContext } from '../bench/measure.ts';
import { surroundings } from '../compare/bed.ts';
import type { Ending } from './prepared.ts';

const STOP_GRACE_MS = 10_000;
const CONNECT_WITHIN_MS = 20_000;
const BULK_TIMEOUT_MS = 30_000;
/** As a service has by default in each of its pools (platform/serviceConfig.ts). */
const CONNECTIONS = 8;

export const silent = pino({ level: 'silent' });

const optionsFor = (context: BenchContext, name: string, port: number): ServerOptions => {
  const folder = join(context.folder, `${name}-${randomUUID().slice(0, 8)}`);
  return {
    dataDir: folder,
    port,
    logFile: `${folder}.log`,
    env: surroundings(),
    signal: context.signal,
  };
};

async function kept(starting: Promise<RunningServer>, ending: Ending): Promise<RunningServer> {
  const server = await starting;
  ending.defer(() => server.stop(STOP_GRACE_MS));
  return server;
}

export interface Postgres {
  /** The superuser's. */
  readonly url: string;
  /** Takes away all rows of these tables, as in a whole system those would have done one by one who are not there. */
  empty(database: string, tables: readonly string[]): Promise<void>;
  /**
   * So that no turn pays for another: vacuums, as autovacuum would have done on the way, and writes out what turns before have
   * left to be written.
   */
  settle(): Promise<void>;
}

export async function postgresOf(context: BenchContext, ending: Ending): Promise<Postgres> {
  context.say('starting PostgreSQL');
  const { url } = await kept(startPostgres(optionsFor(context, 'postgres', await freePorts(1))), ending);
  return {
    url,
    empty: (database, tables) => execute(urlFor(url, database), `truncate ${tables.join(', ')}`),
    async settle() {
      for (const database of await databasesOf(url)) await execute(urlFor(url, database), 'vacuum (analyze)');
      await execute(url, 'checkpoint');
    },
  };
}

const execute = (url: string, statement: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query(statement);
  });

/** Those that stages have made. */
const databasesOf = (url: string): Promise<readonly string[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select datname as name from pg_database where not datistemplate and datname <> 'postgres'",
    );
    return rows.map(({ name }) => name);
  });

/** A service's own database, migrated, and open as the service opens it. */
export async function databaseOf(
  { url: adminUrl }: Postgres,
  service: 'order' | 'catalog',
  ending: Ending,
): Promise<Database> {
  const passwords = { ownerPassword: 'owner', password: 'runtime' };
  const { url, migrationUrl } = await ensureServiceDatabase(adminUrl, { name: service, ...passwords });
  const sources = [
    { scope: 'platform', folder: 'platform/sql' },
    { scope: service, folder: `services/${service}/sql` },
  ];
  await migrate({ url: migrationUrl, runtimeRole: service, sources });
  const db = openDatabase({
    url,
    applicationName: `bench-${service}`,
    maxConnections: CONNECTIONS,
    prepare: true,
  });
  ending.defer(() => db.destroy());
  return db;
}

export interface Nats {
  readonly url: string;
  readonly connection: LogConnection;
}

export async function natsOf(context: BenchContext, ending: Ending): Promise<Nats> {
  context.say('starting NATS');
  const { url } = await kept(startNats(optionsFor(context, 'nats', await freePorts(1))), ending);
  const signal = AbortSignal.timeout(CONNECT_WITHIN_MS);
  const connection = await connectLog({ url, name: 'bench', logger: silent, signal });
  ending.defer(() => connection.close());
  return { url, connection };
}

export interface ElasticsearchServer {
  readonly url: string;
  readonly es: Elasticsearch;
}

export async function elasticsearchOf(context: BenchContext, ending: Ending): Promise<ElasticsearchServer> {
  context.say('starting Elasticsearch');
  const port = await freePorts(2);
  const options = { ...optionsFor(context, 'elasticsearch', port), transportPort: port + 1 };
  const { url } = await kept(startElasticsearch(options), ending);
  const es = openElasticsearch({ url, requestTimeoutMs: BULK_TIMEOUT_MS });
  ending.defer(() => es.close());
  return { url, es };
}

/** A service's database and log as recovery needs them: by flags or variables, else those of the local system. */
import { pino } from 'pino';
import { CommitUnknown, isConnectionError, isRefusal, openDatabase } from '../../platform/database.ts';
import { databaseUrl, roleIn } from '../../platform/databaseUrl.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { connectLog, SessionEnded } from '../../platform/log/connection.ts';
import type { ServiceLog } from '../../platform/log/ownStream.ts';
import { Fenced } from '../../platform/log/relayRecord.ts';
import { migrate } from '../../platform/migrate.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { complain } from '../complain.ts';
import { settingsFrom } from '../environment.ts';
import { localSystem } from '../localSystem.ts';
import { storeTls } from '../ownTls.ts';
import { givenUrl, NATS } from '../storeUrls.ts';
import type { RecoverableService } from './services.ts';

export interface OpenFlags {
  readonly db?: string;
  readonly nats?: string;
}

export interface OpenService extends ServiceLog {
  close(): Promise<void>;
}

export const silent = pino({ level: 'silent' });

const CONNECT_WITHIN_MS = 10_000;
/** Counts over all events, and chunks of hundreds of them, take their time. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** What a stream is made with that is made again. */
const streamSettings = {
  ORDERLOG_STREAM_MAX_BYTES: serviceConfig.ORDERLOG_STREAM_MAX_BYTES,
  ORDERLOG_STREAM_REPLICAS: serviceConfig.ORDERLOG_STREAM_REPLICAS,
};

/** Throws OrderlogError if they cannot be reached. The schema of a local system's database is brought up to date. */
export async function openService(
  { name, stream, migrations }: RecoverableService,
  flags: OpenFlags,
  env: NodeJS.ProcessEnv,
): Promise<OpenService> {
  const variable = `ORDERLOG_${name.toUpperCase()}_DATABASE_URL`;
  const given = givenUrl({ option: '--db', variable, schema: databaseUrl(name) }, flags.db, env);
  const local = given === undefined ? localSystem(env) : undefined;
  const url = given ?? local?.databases[name].url ?? '';
  const natsUrl = givenUrl(NATS, flags.nats, env) ?? local?.nats;
  if (!natsUrl)
    throw new OrderlogError('INVALID_ARGUMENT', 'NATS_MISSING', '--nats (or ORDERLOG_NATS_URL) is missing');
  const tls = storeTls(env).nats;
  if (local) {
    const { migrationUrl } = local.databases[name];
    const runtimeRole = roleIn(url);
    const onLocked = (why: string) => complain(`${why}\n`);
    await reach('PostgreSQL', () =>
      migrate({ url: migrationUrl, runtimeRole, sources: migrations, onLocked }),
    );
  }
  const settings = settingsFrom(streamSettings, env);
  const db = openDatabase({
    url,
    applicationName: `orderlog-recover-${name}`,
    maxConnections: 4,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const connection = await reach('NATS', () =>
    connectLog({
      url: natsUrl,
      tls,
      name: 'orderlog-recover',
      logger: silent,
      signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    }),
  ).catch(async (error) => {
    await db.destroy();
    throw error;
  });
  return {
    service: name,
    spec: {
      ...stream,
      maxBytes: settings.ORDERLOG_STREAM_MAX_BYTES,
      replicas: settings.ORDERLOG_STREAM_REPLICAS,
    },
    db,
    connection,
    async close() {
      await connection.close();
      await db.destroy();
    },
  };
}

const MISSING_TABLE_OR_COLUMN = ['42P01', '42703'];

/** What people can mend, in one line. */
export async function reach<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw plainly(what, error);
  }
}

function plainly(what: string, cause: unknown): unknown {
  if (isConnectionError(cause) || (cause instanceof Error && cause.name === 'TimeoutError')) {
    const why = isRefusal(cause) ? `: ${(cause as Error).message}` : '';
    return new OrderlogError('UNAVAILABLE', 'NOT_CONNECTED', `${what} cannot be reached${why}`, { cause });
  }
  if (cause instanceof SessionEnded || cause instanceof Fenced || cause instanceof CommitUnknown) {
    return new OrderlogError(
      'ABORTED',
      'BROKEN_OFF',
      `broken off (${cause.message}): run it again, and it goes on from there`,
    );
  }
  if (MISSING_TABLE_OR_COLUMN.includes(String((cause as { code?: unknown } | null)?.code))) {
    const message = `the schema of the database is not of this version: run orderlog migrate, and this again`;
    return new OrderlogError('FAILED_PRECONDITION', 'SCHEMA_OUTDATED', message, { cause });
  }
  return cause;
}

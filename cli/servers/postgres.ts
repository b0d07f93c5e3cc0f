/**
 * PostgreSQL: the one at ORDERLOG_POSTGRES_URL, else started from PATH or from the npm package. Ours listens on 127.0.0.1
 * only, has one superuser with a generated password, and keeps every durability setting on.
 *
 * The folder holds `data/` and `superuser.password` (mode 600). Started by root, it lies where `serverUser` can reach it.
 */
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { externalServer } from './externalServer.ts';
import { endRecorded } from './pidRecord.ts';
import { assertPortFree, HOST } from './ports.ts';
import { findPostgres, OLDEST_MAJOR, type PostgresBinaries } from './postgresBinaries.ts';
import {
  clearStaleLock,
  dataFolder,
  dataMajor,
  initializeData,
  SUPERUSER,
  superuserPassword,
} from './postgresData.ts';
import { launch, pidFile, type ServerProcess, untilReady } from './serverProcess.ts';
import { giveFolder, reachableFolder, serverUser } from './serverUser.ts';
import { type RunningServer, type ServerOptions, StartError } from './types.ts';

const NAME = 'PostgreSQL';
/** Recovery after a crash reads the write-ahead log again. */
const READY_WITHIN_MS = 120_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** How long the helpers of a killed server may hold its shared memory. */
const HANDOVER_MS = 5_000;

const LEAST_BUFFERS_MB = 128;
const MOST_BUFFERS_MB = 2_048;

const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '200',
  shared_buffers: `${sharedBuffersMb()}MB`,
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/**
 * An eighth of the machine: other servers are on it. Only what is touched is taken; the indexes that a million orders are written
 * through come to about 1 GB.
 */
function sharedBuffersMb(): number {
  return Math.round(Math.min(MOST_BUFFERS_MB, Math.max(LEAST_BUFFERS_MB, totalmem() / 8 / 2 ** 20)));
}

export async function startPostgres(options: ServerOptions): Promise<RunningServer> {
  const { env, port, onProgress } = options;
  if (env.ORDERLOG_POSTGRES_URL) {
    return externalServer(NAME, 'ORDERLOG_POSTGRES_URL', env.ORDERLOG_POSTGRES_URL, versionOf);
  }
  const user = serverUser();
  const folder = reachableFolder(options.dataDir, user);
  if (folder !== options.dataDir)
    options.onNote?.(`${NAME} keeps its data in ${folder}, where user ${user?.name} can reach it`);
  await giveFolder(folder, user);
  await endRecorded(pidFile(folder));
  await assertPortFree(port, NAME);
  const major = await dataMajor(folder);
  const binaries = await findPostgres({ ...options, user, dataMajor: major });
  const clean = { PATH: env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  if (major === undefined) {
    onProgress?.({ what: `making the data folder with ${binaries.version}` });
    await initializeData({ folder, binaries, user, env: clean, signal: options.signal });
  }
  await clearStaleLock(folder);
  const password = await superuserPassword(folder);
  const url = `postgres://${SUPERUSER}:${password}@${HOST}:${port}/postgres`;
  onProgress?.({ what: 'starting' });
  const start = () => startProcess(options, folder, binaries, clean, url);
  const server = await retryHandover(start);
  return { ...server, version: binaries.version, source: binaries.source, url };
}

async function startProcess(
  options: ServerOptions,
  folder: string,
  binaries: PostgresBinaries,
  env: NodeJS.ProcessEnv,
  url: string,
): Promise<ServerProcess> {
  const settings = Object.entries({ ...SETTINGS, port: String(options.port) });
  const server = await launch({
    name: NAME,
    command: binaries.postgres,
    args: ['-D', dataFolder(folder), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env,
    user: serverUser(),
    folder,
    logFile: options.logFile,
    // Fast shutdown, then immediate: safe too, the next start recovers.
    stopSignals: ['SIGINT', 'SIGQUIT'],
  });
  await untilReady(server, () => versionOf(url), { withinMs: READY_WITHIN_MS, signal: options.signal });
  return server;
}

/** After a SIGKILL of the server its helpers take a moment to notice; until then the data folder is theirs. */
async function retryHandover(start: () => Promise<ServerProcess>): Promise<ServerProcess> {
  const endsAtMs = performance.now() + HANDOVER_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const waits = /pre-existing shared memory block|postmaster\.pid" already exists/.test(String(error));
      if (!waits || performance.now() > endsAtMs) throw error;
      await sleep(200);
    }
  }
}

/** Connects and asks. Throws StartError if it is too old. */
async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks is told by the query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    const version = rows[0]?.server_version ?? '';
    if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return version;
    throw new StartError(`PostgreSQL ${version} is too old: ${OLDEST_MAJOR} or newer is needed`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Real servers for tests: one PostgreSQL and one Elasticsearch for all tests of a process, started when first asked for;
 * a nats-server, or an Elasticsearch of one's own, for whoever asks, since tests kill and pause them. All in one temporary
 * folder, ended and removed by `scripts/tests/worker.ts`, or by the watchdog if that is killed.
 *
 * The first start on a machine may download: give the `before` hook that asks first 120 s.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startElasticsearch } from './elasticsearch.ts';
import { startNats } from './nats.ts';
import { freePort, freePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { canReach, letServerUserIn, serverUser } from './serverUser.ts';
import { urlFor, withClient } from './serviceDatabase.ts';
import type { RunningServer, ServerOptions } from './types.ts';
import { watch } from './watchdog.ts';

const STOP_GRACE_MS = 5_000;

const started: RunningServer[] = [];
const openDatabases = new Set<() => Promise<void>>();
let postgres: Promise<RunningServer> | undefined;
let elasticsearch: Promise<RunningServer> | undefined;
let temporary: { folder: string; forget: () => void } | undefined;
let natsCount = 0;

/** A folder that is removed with the servers. */
export function testFolder(): string {
  temporary ??= makeFolder();
  return temporary.folder;
}

/**
 * A new folder below it: other files that the same process runs may use the name, and leave theirs behind. The server user may
 * go through it: else PostgreSQL would keep its data elsewhere (serverUser.ts), where nobody removes them.
 */
export function ownFolder(name: string): string {
  const folder = mkdtempSync(join(testFolder(), `${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

function makeFolder(): { folder: string; forget: () => void } {
  letServerUserIn();
  const place = canReach(serverUser(), tmpdir()) ? tmpdir() : '/var/tmp';
  const folder = mkdtempSync(join(place, 'orderlog-test-'));
  chmodSync(folder, 0o755);
  return { folder, forget: watch('folder', folder) };
}

const optionsFor = (name: string, port: number): ServerOptions => ({
  dataDir: join(testFolder(), name),
  port,
  logFile: join(testFolder(), `${name}.log`),
  env: process.env,
});

async function track(starting: Promise<RunningServer>): Promise<RunningServer> {
  const server = await starting;
  started.push(server);
  return server;
}

/** The process's PostgreSQL; its URL is the superuser's. */
export function testPostgres(): Promise<RunningServer> {
  postgres ??= freePort().then((port) => track(startPostgres(optionsFor('postgres', port))));
  return postgres;
}

/** The process's Elasticsearch. */
export function testElasticsearch(): Promise<RunningServer> {
  elasticsearch ??= freePorts(2).then((port) =>
    track(startElasticsearch({ ...optionsFor('elasticsearch', port), transportPort: port + 1 })),
  );
  return elasticsearch;
}

/** An Elasticsearch of one's own, to be paused and killed. */
export async function ownElasticsearch(): Promise<RunningServer> {
  const port = await freePorts(2);
  return track(startElasticsearch({ ...optionsFor(`elasticsearch-${port}`, port), transportPort: port + 1 }));
}

export interface FreshDatabase {
  readonly name: string;
  /** As a superuser. */
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database in the process's PostgreSQL. */
export async function freshDatabase(prefix = 'test'): Promise<FreshDatabase> {
  const { url } = await testPostgres();
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  const identifier = pg.escapeIdentifier(name);
  await withClient(url, (client) => client.query(`create database ${identifier} template template0`));
  const drop = async () => {
    if (!openDatabases.delete(drop)) return;
    await withClient(url, (client) => client.query(`drop database if exists ${identifier} with (force)`));
  };
  openDatabases.add(drop);
  return { name, url: urlFor(url, name), drop };
}

export interface TestNats {
  readonly url: string;
  readonly pid: number | undefined;
  /** Where its configuration and its streams are. */
  readonly folder: string;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Stops it if it runs, and starts it again with the same data at the same URL. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A nats-server of one's own. */
export async function testNats(): Promise<TestNats> {
  natsCount += 1;
  const options = optionsFor(`nats-${natsCount}`, await freePort());
  const { ORDERLOG_NATS_URL: _, ...env } = process.env;
  const start = () => track(startNats({ ...options, env }));
  let server = await start();
  return {
    url: server.url,
    folder: options.dataDir,
    get pid() {
      return server.pid;
    },
    async kill() {
      server.kill('SIGKILL');
      await server.exited;
    },
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    async restart() {
      await server.stop(STOP_GRACE_MS);
      server = await start();
    },
    stop: () => server.stop(STOP_GRACE_MS),
  };
}

/** Ends all of them, and removes their folder. */
export async function stopTestServers(): Promise<void> {
  const external = (await postgres?.catch(() => undefined))?.source === 'url';
  if (external) for (const drop of openDatabases) await drop();
  await Promise.all(started.map((server) => server.stop(STOP_GRACE_MS)));
  if (!temporary) return;
  await rm(temporary.folder, { recursive: true, force: true });
  temporary.forget();
}

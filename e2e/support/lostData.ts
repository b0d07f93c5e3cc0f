/** A system of one's own whose databases are backed up and restored, and whose streams are deleted, under its services. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type pg from 'pg';
import { freePorts } from '../../cli/servers/ports.ts';
import { dataFolder } from '../../cli/servers/postgresData.ts';
import { reachableFolder, serverUser } from '../../cli/servers/serverUser.ts';
import { urlFor, withClient } from '../../cli/servers/serviceDatabase.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { folderOf, layoutOf } from '../../cli/start/layout.ts';
import { silent } from '../../cli/start/reporter.ts';
import { type System, startSystem } from '../../cli/start/system.ts';
import { natsServers } from '../../platform/log/natsServers.ts';
import { baseBackup, restoreBaseBackup } from './baseBackup.ts';
import { SHORT_BREAKER, until } from './system.ts';

export type Service = 'order' | 'catalog' | 'payment';

export interface LossySystem {
  readonly system: System;
  /** Copies a service's database, as it is between two transactions. */
  backUp(service: Service): Promise<void>;
  /** Kills the service, puts its last backup in the place of its database, and lets it start again. */
  restore(service: Service): Promise<void>;
  /** Until everything that is committed is in the log, for a moment. */
  published(service: Service): Promise<void>;
  deleteStream(name: string): Promise<void>;
  /** A backup of all databases at one moment, at work. */
  backUpAll(): Promise<void>;
  /**
   * Stops everything, and starts it on that backup, without a log and without a read model. `up` resolves when all is: somebody has
   * to make the log again first.
   */
  loseAllStores(): Promise<{ readonly up: Promise<void> }>;
  countEvents(): Promise<Readonly<Record<Service, number>>>;
  /** Sets every consumer back to the beginning; resolves when all are where they were. */
  readAllAgain(): Promise<void>;
  orderlog(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  stop(): Promise<void>;
}

const SERVICES: readonly Service[] = ['order', 'catalog', 'payment'];
const PORTS = 100;
const REACHABLE_WITHIN_MS = 240_000;

export async function startLossySystem(): Promise<LossySystem> {
  const portBase = String(await freePorts(PORTS));
  const dataDir = join(testFolder(), 'lossy');
  const layout = layoutOf(dataDir, portBase);
  const env = { ...withOwnServers(process.env), ...SHORT_BREAKER };
  const start = () => startSystem({ dataDir, portBase, env, reporter: silent });
  let system = await start();
  const admin = system.urls.postgres;
  const data = dataFolder(reachableFolder(folderOf(layout, 'postgres'), serverUser()));
  const backup = `${data}.backup`;
  const keptOf = (service: Service) => {
    const kept = system.services.get(service);
    if (!kept) throw new Error(`no service ${service}`);
    return kept;
  };
  return {
    get system() {
      return system;
    },
    async backUp(service) {
      // Paused, it has no transaction under way that could be half copied, and makes no new connection.
      keptOf(service).kill('SIGSTOP');
      try {
        await withClient(admin, async (client) => {
          await endConnections(client, service);
          await client.query(
            `create database "${service}_backup" owner "${service}_owner" template "${service}"`,
          );
        });
      } finally {
        keptOf(service).kill('SIGCONT');
      }
    },
    async restore(service) {
      keptOf(service).kill('SIGSTOP');
      await withClient(admin, async (client) => {
        await endConnections(client, service);
        await client.query(`drop database "${service}" with (force)`);
        await client.query(`alter database "${service}_backup" rename to "${service}"`);
      });
      keptOf(service).kill('SIGKILL');
    },
    published: (service) =>
      withClient(urlFor(admin, service), async (client) => {
        for (;;) {
          const { rows } = await client.query('select from outbox limit 1');
          if (rows.length === 0) return;
        }
      }),
    async deleteStream(name) {
      const nats = await connect(natsServers(system.urls.nats));
      await (await jetstreamManager(nats)).streams.delete(name);
      await nats.close();
    },
    backUpAll: () => baseBackup(admin, data, backup),
    async loseAllStores() {
      const { nats } = system.urls;
      await system.stop();
      await restoreBaseBackup(backup, data);
      await rm(folderOf(layout, 'nats'), { recursive: true });
      await rm(reachableFolder(folderOf(layout, 'elasticsearch'), serverUser()), { recursive: true });
      const up = start().then((again) => {
        system = again;
      });
      // Whoever waits for it is told.
      up.catch(() => undefined);
      await untilReachable(admin, nats);
      return { up };
    },
    async countEvents() {
      const count = (service: Service) =>
        withClient(urlFor(admin, service), async (client) => {
          const { rows } = await client.query<{ n: string }>('select count(*) as n from events');
          return Number(rows[0]?.n);
        });
      return {
        order: await count('order'),
        catalog: await count('catalog'),
        payment: await count('payment'),
      };
    },
    async readAllAgain() {
      for (const service of SERVICES) await withClient(urlFor(admin, service), readAgain);
    },
    orderlog: (...args) => runCli({ ...env, ORDERLOG_DATA_DIR: dataDir, ORDERLOG_PORT_BASE: portBase }, args),
    stop: () => system.stop(),
  };
}

/** Their files are restored, and thrown away: servers of others are not for that. */
const withOwnServers = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^ORDERLOG_[A-Z]+_URL$/.test(name)));

/** Until both can be spoken to, whatever those say who depend on them. */
const untilReachable = (postgres: string, nats: string): Promise<void> =>
  until(async () => {
    await withClient(postgres, (client) => client.query('select'));
    await (await connect({ ...natsServers(nats), reconnect: false })).close();
  }, REACHABLE_WITHIN_MS);

/** Whoever reads just now loses his compare-and-set, and begins where he finds his checkpoint. */
export async function readAgain(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ consumer: string; sequence: string }>(
    'select consumer, max(sequence) as sequence from checkpoints group by consumer',
  );
  await client.query('update checkpoints set sequence = 0, last_event_id = null');
  for (const { consumer, sequence } of rows) {
    for (;;) {
      const query = 'select from checkpoints where consumer = $1 and sequence < $2';
      if ((await client.query(query, [consumer, sequence])).rowCount === 0) break;
      await sleep(50);
    }
  }
}

async function endConnections(client: pg.Client, database: string): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [database],
    );
    if (rowCount === 0) return;
  }
}

function runCli(env: NodeJS.ProcessEnv, args: readonly string[]): ReturnType<LossySystem['orderlog']> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['cli/bin.js', ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

/** A database or a log that lost something, and `orderlog recover`, which makes the one again from the other. */
import { execFile } from 'node:child_process';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import { createClient } from '../../platform/grpc/client.ts';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../proto/gen/grpc/health/v1/health.ts';
import type { Fault } from '../fault.ts';
import { type World, WRITERS, type Writer } from '../world.ts';

const STREAMS = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' } as const;
/** What happens between backup and restore, and then is missing. */
const MISSING_MS = 6_000;
const REFUSED_WITHIN_MS = 60_000;
const RECOVER_TIMEOUT_MS = 120_000;
const LOST_MS = 3_000;

/** As a person runs it. */
async function recover(world: World, service: Writer, ...flags: string[]): Promise<void> {
  const env = {
    ...process.env,
    [`ORDERLOG_${service.toUpperCase()}_DATABASE_URL`]: world.system.urls.databases.get(service)?.url,
  };
  const args = ['cli/main.ts', 'recover', service, '--nats', world.system.urls.nats, '--yes', ...flags];
  await promisify(execFile)(process.execPath, args, { cwd: projectFolder, env, timeout: RECOVER_TIMEOUT_MS });
}

/** Until the service says that it does not serve: log and database do not match. */
async function untilRefused(world: World, service: Writer): Promise<void> {
  const health = createClient(HealthService, world.system.addresses[service]);
  const untilMs = performance.now() + REFUSED_WITHIN_MS;
  try {
    for (;;) {
      const answer = await health.check({ service: '' }, { timeoutMs: 2_000 }).catch(() => undefined);
      if (answer?.status === Serving.NOT_SERVING) return;
      if (performance.now() > untilMs) throw new Error(`${service} serves as if nothing were missing`);
      await sleep(200);
    }
  } finally {
    health.close();
  }
}

const id = (name: string): string => pg.escapeIdentifier(name);

const admin = (world: World, work: (client: pg.Client) => Promise<void>): Promise<void> =>
  withClient(world.system.urls.postgres, work);

/** Nobody is connected to the database while this runs. */
async function alone(client: pg.Client, name: string, work: () => Promise<void>): Promise<void> {
  await client.query(`alter database ${id(name)} allow_connections false`);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await work();
}

const backUp = (world: World, name: Writer): Promise<void> =>
  admin(world, (client) =>
    alone(client, name, async () => {
      await client.query(
        `create database ${id(`${name}_backup`)} template ${id(name)} owner ${id(`${name}_owner`)}`,
      );
      await client.query(`alter database ${id(name)} allow_connections true`);
    }),
  );

const restore = (world: World, name: Writer): Promise<void> =>
  admin(world, (client) =>
    alone(client, name, async () => {
      await client.query(`drop database ${id(name)}`);
      await client.query(`alter database ${id(`${name}_backup`)} rename to ${id(name)}`);
      await client.query(`revoke all on database ${id(name)} from public`);
      await client.query(`grant connect on database ${id(name)} to ${id(name)}`);
    }),
  );

const restored = (service: Writer): Fault => ({
  name: `${service}-database-restored`,
  what: `${service} is stopped, its database restored from a backup of ${MISSING_MS / 1_000} s ago, and it is started again; then \`orderlog recover ${service}\``,
  expect:
    'it refuses to work until then; all that was acknowledged is there again, and nothing is issued or charged twice',
  async inject(world) {
    await backUp(world, service);
    await sleep(MISSING_MS);
    const again = world.part(service).restarted();
    world.signal(service, 'SIGSTOP');
    await restore(world, service);
    world.signal(service, 'SIGKILL');
    await sleep(LOST_MS);
    return async () => {
      // A start is not done before log and database match.
      await recover(world, service);
      await again;
    };
  },
});

async function withNats<T>(world: World, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: world.system.urls.nats.split(',') });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

const deleted = (service: Writer): Fault => ({
  name: `${STREAMS[service].toLowerCase()}-stream-deleted`,
  what: `stream ${STREAMS[service]} is deleted; then \`orderlog recover ${service} --republish\``,
  expect:
    'noticed while running, and refused; republished as a new epoch, in which every reader finds its place',
  async inject(world) {
    await withNats(world, async (connection) => {
      await (await jetstreamManager(connection)).streams.delete(STREAMS[service]);
    });
    await untilRefused(world, service);
    await sleep(LOST_MS);
    return () => recover(world, service, '--republish');
  },
});

const recreated: Fault = {
  name: 'catalog-stream-recreated',
  what: 'stream CATALOG is deleted and made again, empty, under the same settings; then `orderlog recover catalog --republish`',
  expect: 'another stream of the same name is not taken for the old one; republished as a new epoch',
  async inject(world) {
    await withNats(world, async (connection) => {
      const manager = await jetstreamManager(connection);
      const { config } = await manager.streams.info(STREAMS.catalog);
      await manager.streams.delete(STREAMS.catalog);
      await manager.streams.add(config);
    });
    await untilRefused(world, 'catalog');
    await sleep(LOST_MS);
    return () => recover(world, 'catalog', '--republish');
  },
};

const logRestored: Fault = {
  name: 'log-restored',
  what: `nats is killed, and its files are those of a backup of ${MISSING_MS / 1_000} s ago; then \`orderlog recover --republish\` of all services`,
  expect: 'a log that ends before what was recorded is refused; republished as a new epoch, nothing twice',
  async inject(world) {
    const live = join(world.folder, 'nats', 'jetstream');
    const [backup, old] = [`${live}.backup`, `${live}.old`];
    world.signal('nats', 'SIGSTOP');
    cpSync(live, backup, { recursive: true });
    world.signal('nats', 'SIGCONT');
    await sleep(MISSING_MS);
    const again = world.part('nats').restarted();
    world.signal('nats', 'SIGKILL');
    // Its supervisor waits a moment before it starts it again.
    renameSync(live, old);
    renameSync(backup, live);
    await again;
    for (const service of WRITERS) await untilRefused(world, service);
    return async () => {
      for (const service of WRITERS) await recover(world, service, '--republish');
      rmSync(old, { recursive: true });
    };
  },
};

const duplicated: Fault = {
  name: 'rogue-duplicate',
  what: 'somebody publishes an exact copy of an event to ORDERS, past the relay; then `orderlog recover order --republish`',
  expect:
    'it has no effect; Order refuses a log that is not its own, until it is published anew without the copy',
  async inject(world) {
    await withNats(world, async (connection) => {
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info(STREAMS.order);
      const message = await manager.streams.getMessage(STREAMS.order, { seq: state.last_seq });
      if (!message) throw new Error('there is no message to copy');
      for (const name of message.header.keys()) {
        if (name.startsWith('Nats-')) message.header.delete(name);
      }
      await connection.request(message.subject, message.data, { headers: message.header, timeout: 5_000 });
    });
    await untilRefused(world, 'order');
    await sleep(LOST_MS);
    return () => recover(world, 'order', '--republish');
  },
};

export const recoveryFaults: readonly Fault[] = [
  ...WRITERS.map(restored),
  deleted('order'),
  deleted('payment'),
  recreated,
  logRestored,
  duplicated,
];

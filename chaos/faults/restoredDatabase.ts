/** A database that is put back to an old backup, and `orderlog recover`, which brings it up to the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import type { Fault } from '../fault.ts';
import type { Load } from '../load.ts';
import { recover, untilRefused } from '../recover.ts';
import { type World, WRITERS, type Writer } from '../world.ts';

/** What happens between backup and restore, and then is missing. */
const MISSING_MS = 6_000;
const LOST_MS = 3_000;
const PUBLISHED_WITHIN_MS = 30_000;

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

/**
 * What was committed and not yet published is lost with a database, and nobody promises it (PostgreSQL is replicated for
 * that). So the restore comes at a moment when all is published.
 */
async function whenPublished(
  world: World,
  load: Load,
  service: Writer,
  work: () => Promise<void>,
): Promise<void> {
  const goOn = await load.hold();
  try {
    const untilMs = performance.now() + PUBLISHED_WITHIN_MS;
    while ((await outboxOf(world, service)) > 0) {
      if (performance.now() > untilMs) throw new Error(`the outbox of ${service} does not become empty`);
      await sleep(50);
    }
    await work();
  } finally {
    goOn();
  }
}

const outboxOf = (world: World, service: Writer): Promise<number> =>
  withClient(world.databaseUrl(service), async (client) => {
    const { rows } = await client.query<{ n: number }>('select count(*)::integer as n from outbox');
    return rows[0]?.n ?? 0;
  });

/** When it is noticed, and from then on for as long as nobody recovers it. */
async function staysRefused(world: World, load: Load, service: Writer): Promise<void> {
  await untilRefused(world, service);
  const before = load.acknowledged;
  await sleep(LOST_MS);
  await untilRefused(world, service);
  if (service === 'order' && load.acknowledged > before)
    throw new Error('orders were taken by a database that is behind the log');
}

const restored = (service: Writer): Fault => ({
  name: `${service}-database-restored`,
  what: `${service} is stopped, its database restored from a backup of ${MISSING_MS / 1_000} s ago, and it is started again; then \`orderlog recover ${service}\``,
  expect:
    'it refuses to work until then; all that was acknowledged is there again, and nothing is issued or charged twice',
  async inject(world, load) {
    await backUp(world, service);
    await sleep(MISSING_MS);
    const again = world.part(service).restarted();
    await whenPublished(world, load, service, async () => {
      world.signal(service, 'SIGSTOP');
      await restore(world, service);
      world.signal(service, 'SIGKILL');
    });
    await staysRefused(world, load, service);
    return async () => {
      // A start is not done before log and database match.
      await recover(world, service);
      await again;
    };
  },
});

const swapped = (service: Writer): Fault => ({
  name: `${service}-database-swapped`,
  what: `the database of ${service} is put back to a backup of ${MISSING_MS / 1_000} s ago while the service runs; then \`orderlog recover ${service}\``,
  expect: 'noticed before anything is written or published; nothing is issued or charged twice',
  async inject(world, load) {
    await backUp(world, service);
    await sleep(MISSING_MS);
    await whenPublished(world, load, service, () => restore(world, service));
    await staysRefused(world, load, service);
    return () => recover(world, service);
  },
});

export const restoredDatabases: readonly Fault[] = [...WRITERS.map(restored), ...WRITERS.map(swapped)];

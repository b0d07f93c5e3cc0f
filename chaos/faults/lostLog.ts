/** A log that lost something or holds too much, and `orderlog recover --republish`, which makes it again from the database. */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsServers } from '../../platform/log/natsServers.ts';
import type { Fault } from '../fault.ts';
import { recover, untilRefused } from '../recover.ts';
import { type World, WRITERS, type Writer } from '../world.ts';

const STREAMS = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' } as const;
/** What happens between backup and restore, and then is missing. */
const MISSING_MS = 6_000;
const LOST_MS = 3_000;

async function withNats<T>(world: World, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect(natsServers(world.system.urls.nats));
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

export const lostLogs: readonly Fault[] = [
  deleted('order'),
  deleted('payment'),
  recreated,
  logRestored,
  duplicated,
];

/** PostgreSQL: restarted, read only, out of connections, held up by a lock. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { isRepeatable, orderOf } from '../../e2e/support/orders.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Fault } from '../fault.ts';
import { type World, WRITERS } from '../world.ts';

/** Ends every connection of the services. */
const terminate = (world: World) =>
  withClient(world.system.urls.postgres, (client) =>
    client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1) and usename = any($1)',
      [WRITERS],
    ),
  );

const immediate: Fault = {
  name: 'postgres-immediate-stop',
  what: 'SIGQUIT to PostgreSQL: it stops without a checkpoint and recovers at its start',
  expect: 'what was committed is there, what was not is tried again',
  async inject(world) {
    const again = world.part('postgres').restarted();
    // To the server alone: it passes it on.
    process.kill(world.pidOf('postgres'), 'SIGQUIT');
    return () => again;
  },
};

const readOnly: Fault = {
  name: 'postgres-read-only',
  what: 'every database takes reads only for 10 s',
  expect: 'orders are refused in words that say that a repeat may help; nothing is parked for it',
  async inject(world) {
    const set = (value: string) =>
      withClient(world.system.urls.postgres, async (client) => {
        for (const name of WRITERS)
          await client.query(`alter database ${pg.escapeIdentifier(name)} ${value}`);
      });
    await set('set default_transaction_read_only = on');
    await terminate(world);
    await sleep(10_000);
    const wasTaken = await isOrderTaken(world);
    return async () => {
      await set('reset default_transaction_read_only');
      await terminate(world);
      if (wasTaken) throw new Error('an order was taken by a database that takes reads only');
    };
  },
};

/** A new one. Throws what is no reason to repeat it. */
async function isOrderTaken({ system }: World): Promise<boolean> {
  const orders = createClient(OrderServiceService, system.addresses.order);
  try {
    await orders.placeOrder(orderOf());
    return true;
  } catch (error) {
    if (!isRepeatable(error)) throw error;
    return false;
  } finally {
    orders.close();
  }
}

const terminated: Fault = {
  name: 'postgres-connections-ended',
  what: 'an administrator ends all connections of the services, every 500 ms, 15 times',
  expect: 'transactions under way are tried again; no service ends',
  async inject(world) {
    for (let n = 0; n < 15; n++) {
      await terminate(world);
      await sleep(500);
    }
    return async () => undefined;
  },
};

const MAX_CONNECTIONS = 200;
/** Of PostgreSQL. */
const TOO_MANY_CONNECTIONS = '53300';

const crowded: Fault = {
  name: 'postgres-too-many-connections',
  what: 'others take every connection that PostgreSQL has, and the services lose theirs, for 10 s',
  expect: 'who gets no connection is refused and repeats; on it goes when there is room',
  async inject(world) {
    // Some are kept back for superusers: taken as the services' own role.
    const clients: pg.Client[] = [];
    const databases = world.system.urls.databases;
    const url = databases.get('order')?.url;
    /** Returns why there is no more to be had. */
    const takeAll = async (): Promise<string | undefined> => {
      for (let n = clients.length; n < MAX_CONNECTIONS; n++) {
        const client = new pg.Client({ connectionString: url });
        client.on('error', () => undefined);
        const refusal = await client.connect().then(
          () => undefined,
          (error: { code?: string }) => error.code ?? String(error),
        );
        if (refusal !== undefined) return refusal;
        clients.push(client);
      }
      return undefined;
    };
    await takeAll();
    await withClient(world.system.urls.postgres, (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name like 'orderlog-%' and usename = any($1)`,
        [WRITERS],
      ),
    );
    const refusal = await takeAll();
    await sleep(10_000);
    return async () => {
      await Promise.all(clients.map((client) => client.end()));
      if (refusal !== TOO_MANY_CONNECTIONS) throw new Error(`none was refused for want of room: ${refusal}`);
    };
  },
};

const locked: Fault = {
  name: 'postgres-long-lock',
  what: 'somebody holds a lock on the outboxes in a long transaction for 12 s',
  expect: 'commands run into their lock timeout and are repeated; no outbox row is skipped',
  async inject(world) {
    const holders = await Promise.all(
      WRITERS.map(async (writer) => {
        const client = new pg.Client({ connectionString: world.databaseUrl(writer) });
        client.on('error', () => undefined);
        await client.connect();
        await client.query('begin');
        await client.query('lock table outbox in exclusive mode');
        return client;
      }),
    );
    await sleep(12_000);
    return async () => {
      for (const client of holders) {
        await client.query('rollback');
        await client.end();
      }
    };
  },
};

export const postgresFaults: readonly Fault[] = [immediate, readOnly, terminated, crowded, locked];

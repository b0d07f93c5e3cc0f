/** What must hold after every fault, whatever it was. */
import { withClient } from '../cli/servers/serviceDatabase.ts';
import { assertLogIsWhole } from '../e2e/support/log.ts';
import type { System } from '../e2e/support/system.ts';
import type { Journal } from './journal.ts';
import { readLedger } from './ledger.ts';
import type { World, Writer } from './world.ts';

export interface Findings {
  /** Acknowledged, and missing or not ended. */
  readonly lost: readonly string[];
  /** Two orders for one request, two charges for one order, one event twice. */
  readonly doubled: readonly string[];
  /** Any other invariant that is broken. */
  readonly violations: readonly string[];
}

export async function verify(world: World, journal: Journal): Promise<Findings> {
  return {
    lost: await lostOrders(world, journal),
    doubled: [...journal.contradictions, ...(await doubleCharges(world))],
    violations: await logProblems(world),
  };
}

const lostOrders = (world: World, journal: Journal): Promise<string[]> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const ids = [...journal.placed.values()].map(({ orderId }) => orderId);
    const { rows } = await client.query<{ id: string }>(
      'select id from unnest($1::text[]) as asked(id) where not exists (select from events where stream_id = id)',
      [ids],
    );
    return rows.map(({ id }) => `order ${id} was acknowledged and is not there`);
  });

async function doubleCharges(world: World): Promise<string[]> {
  const captured = (await readLedger(world.system.sandboxAddress)).filter(
    ({ kind, status }) => kind === 'charge' && status === 'captured',
  );
  const byOrder = Map.groupBy(captured, ({ orderId }) => orderId);
  return [...byOrder].flatMap(([orderId, charges]) =>
    charges.length > 1 ? [`order ${orderId} was charged ${charges.length} times`] : [],
  );
}

async function logProblems(world: World): Promise<string[]> {
  const [order, catalog, payment] = ['order', 'catalog', 'payment'].map((name) =>
    world.databaseUrl(name as Writer),
  );
  const urls = { nats: world.system.urls.nats, databases: { order, catalog, payment } };
  const until = (check: () => Promise<void>) => check();
  try {
    await assertLogIsWhole({ urls, until } as System);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** A new version with a bug is deployed, and later one that mends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { OpsServiceService, ReplayParkedEventsRequest } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Fault } from '../fault.ts';
import type { Control } from '../preload.ts';
import type { World } from '../world.ts';

const BUG_LASTS_MS = 8_000;
const WITHIN_MS = 60_000;

interface Bug {
  readonly service: 'order' | 'catalog';
  readonly policy: string;
  readonly consumer: string;
}

/** The service is stopped in order and started again, with the bug or without. */
async function deploy(world: World, service: Bug['service'], control: Control): Promise<void> {
  world.control(service, control);
  const again = world.part(service).restarted();
  process.kill(world.pidOf(service), 'SIGTERM');
  await again;
}

const parkedAt = (world: World, service: Bug['service']): Promise<number> =>
  withClient(world.databaseUrl(service), async (client) => {
    const { rows } = await client.query<{ n: number }>('select count(*)::integer as n from parked_events');
    return rows[0]?.n ?? 0;
  });

/** Until nothing is parked any more, as `orderlog parked replay` does it. */
async function replayAll(world: World, { service, consumer }: Bug): Promise<void> {
  const ops = createClient(OpsServiceService, world.system.addresses[service]);
  const untilMs = performance.now() + WITHIN_MS;
  let error = '';
  try {
    while ((await parkedAt(world, service)) > 0) {
      if (performance.now() > untilMs) throw new Error(`still parked at ${service}: ${error}`);
      const request = ReplayParkedEventsRequest.fromPartial({ consumer });
      await ops.replayParkedEvents(request, { timeoutMs: WITHIN_MS }).then(
        (answer) => {
          error = answer.error;
        },
        (refusal: Error) => {
          error = refusal.message;
        },
      );
      await sleep(200);
    }
  } finally {
    ops.close();
  }
}

const buggy = (name: string, expect: string, bug: Bug): Fault => ({
  name,
  what: `a version of ${bug.service} is deployed that throws on every fourth order; then one that does not, and a replay`,
  expect,
  async inject(world) {
    const by = new URL(`bugs/${bug.policy}.ts`, import.meta.url).href;
    const module = `/services/${bug.service}/policies/${bug.policy}.ts`;
    await deploy(world, bug.service, { replace: { module, by } });
    await sleep(BUG_LASTS_MS);
    const parked = await parkedAt(world, bug.service);
    return async () => {
      await deploy(world, bug.service, {});
      await replayAll(world, bug);
      if (parked === 0) throw new Error('nothing was parked');
    };
  },
});

export const deployFaults: readonly Fault[] = [
  buggy(
    'deploy-bug-and-fix',
    'events that it throws on park, the others flow; a replay brings each to its end',
    {
      service: 'catalog',
      policy: 'onOrderCreated',
      consumer: 'catalog.orders',
    },
  ),
  buggy(
    'outcomes-reordered',
    'Order hears of payments before it hears of their reservations: the same ends',
    {
      service: 'order',
      policy: 'onItemsReserved',
      consumer: 'order.catalog',
    },
  ),
];

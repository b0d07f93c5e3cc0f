/** An event that nobody can read. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import {
  DiscardParkedEventRequest,
  ListParkedEventsRequest,
  OpsServiceService,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Fault } from '../fault.ts';
import type { World } from '../world.ts';

const WITHIN_MS = 30_000;
/** Field 1, which is a message, cut off in its middle. */
const GARBAGE = Buffer.from('0aff01c0ffee', 'hex');

const poisoned = new Set<string>();

/** Into the outbox of Order, past all of its code. */
async function insertPoison(world: World): Promise<string> {
  const orderId = randomUUID();
  await withClient(world.databaseUrl('order'), (client) =>
    client.query(
      `with event as (
         insert into events (stream_id, version, event_id, type, partition, time, payload)
         values ($1, 1, $2, 'orderlog.order.v1.OrderCreated', $3, clock_timestamp(), $4) returning position)
       insert into outbox (id, stream_id, version) select position, $1, 1 from event`,
      [orderId, eventIdOf('order', orderId, 1), partitionOf(orderId), GARBAGE],
    ),
  );
  poisoned.add(orderId);
  return orderId;
}

const poison: Fault = {
  name: 'poison-payload',
  what: 'an event with bytes that no reader understands comes out of the outbox of order; later it is discarded',
  expect:
    'it is parked wherever it is read, with its error; all other orders flow; discarding it frees the queue',
  spoils: true,
  explains: (finding) => [...poisoned].some((id) => JSON.stringify(finding).includes(id)),
  async inject(world) {
    const orderId = await insertPoison(world);
    const ops = createClient(OpsServiceService, world.system.addresses.catalog);
    try {
      const parkedId = await untilParked(ops, orderId);
      await sleep(3_000);
      const request = { parkedId, reason: 'it was never an order', operatorId: 'chaos' };
      return async () => {
        await ops.discardParkedEvent(DiscardParkedEventRequest.fromPartial(request));
        ops.close();
      };
    } catch (error) {
      ops.close();
      throw error;
    }
  },
};

type Ops = ReturnType<typeof createClient<typeof OpsServiceService>>;

async function untilParked(ops: Ops, aggregateId: string): Promise<string> {
  const untilMs = performance.now() + WITHIN_MS;
  while (performance.now() < untilMs) {
    const { events } = await ops.listParkedEvents(ListParkedEventsRequest.fromPartial({ aggregateId }));
    if (events[0]) return events[0].parkedId;
    await sleep(200);
  }
  throw new Error('it was not parked at catalog');
}

export const poisonFaults: readonly Fault[] = [poison];

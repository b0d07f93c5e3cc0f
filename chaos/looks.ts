/** Looks at what a fault has brought about, while it lasts. */
import { withClient } from '../cli/servers/serviceDatabase.ts';
import { OrderCancellationRequested } from '../proto/gen/orderlog/order/v1/events.ts';
import { CancellationReason } from '../proto/gen/orderlog/order/v1/types.ts';
import { ENDS } from './quiet.ts';
import type { Looked, Writer } from './world.ts';

/** The last sequence that Order has published. */
export const endOfOrders = (world: Looked): Promise<number> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const { rows } = await client.query<{ prev: string[] }>('select prev::text[] from relay');
    return Math.max(0, ...(rows[0]?.prev ?? []).map(Number));
  });

/** Whether events of a service have waited for the log for so long. */
export const isHeldBack = (world: Looked, service: Writer, forMs: number): Promise<boolean> =>
  withClient(world.databaseUrl(service), async (client) => {
    const { rows } = await client.query(
      `select from outbox join events using (stream_id, version)
       where time < clock_timestamp() - $1::float8 * interval '1 millisecond' limit 1`,
      [forMs],
    );
    return rows.length > 0;
  });

/** Which term of its relay's lease a service is in. */
export const leaseEpoch = (world: Looked, service: Writer): Promise<number> =>
  withClient(world.databaseUrl(service), async (client) => {
    const { rows } = await client.query<{ epoch: number }>(
      "select epoch::float8 as epoch from leases where name = 'relay'",
    );
    return rows[0]?.epoch ?? 0;
  });

/** How many of these orders have ended. */
export const endedAmong = (world: Looked, orderIds: readonly string[]): Promise<number> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const { rows } = await client.query<{ n: number }>(
      `select count(distinct stream_id)::integer as n from events
       where stream_id = any($1::text[]) and type = any($2::text[])`,
      [orderIds, ENDS],
    );
    return rows[0]?.n ?? 0;
  });

/** How many orders were asked to end by their deadline since then. */
export const overdueSince = (world: Looked, since: Date): Promise<number> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const { rows } = await client.query<{ payload: Buffer }>(
      "select payload from events where time >= $1 and type = 'orderlog.order.v1.OrderCancellationRequested'",
      [since],
    );
    const reasons = rows.map(({ payload }) => OrderCancellationRequested.decode(payload).reason);
    return reasons.filter((reason) => reason === CancellationReason.CANCELLATION_REASON_TIMED_OUT).length;
  });

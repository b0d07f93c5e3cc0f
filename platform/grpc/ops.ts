/** OpsService: where this process's relay, consumers and timers stand, and what is parked. */
import { sql } from 'kysely';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Consumer } from '../consume/consumer.ts';
import type { Database } from '../database.ts';
import type { Backlog } from '../log/backlog.ts';
import type { Relay } from '../log/relay.ts';
import type { Watermarks } from '../log/watermarks.ts';
import { timerStatus } from '../timers/status.ts';
import { parkedOps, type Replays } from './parkedOps.ts';
import { type Implementation, type OfferedService, offer } from './service.ts';

export interface OpsParts {
  readonly db: Database;
  readonly stream: string;
  readonly relay: Relay;
  readonly backlog: Backlog;
  readonly consumers: readonly Consumer[];
  readonly replays: Replays;
  readonly watermarks: Pick<Watermarks, 'status'>;
}

/** Its rpcs, which the service's own handlers may ask too. */
export function opsOf({ db, stream, relay, backlog, consumers, replays, watermarks }: OpsParts) {
  return {
    ...parkedOps(db, replays),
    async getRelayStatus() {
      const { leader, leaseEpoch, streamEpoch, position, error } = relay.status();
      const { rows } = await sql<{ holder: string }>`
        select holder from leases where name = 'relay' and expires_at > clock_timestamp()`.execute(db);
      return {
        stream,
        leader,
        leaderId: rows[0]?.holder ?? '',
        leaseEpoch,
        streamEpoch,
        position: BigInt(position),
        outboxDepth: BigInt(backlog.depth()),
        oldestTime: backlog.oldestTime(),
        error: error ?? '',
      };
    },
    async getConsumerStatus() {
      return { ranges: (await Promise.all(consumers.map((consumer) => consumer.status()))).flat() };
    },
    getTimerStatus: () => timerStatus(db, watermarks.status()),
  } satisfies Implementation<typeof OpsServiceService>;
}

export type Ops = ReturnType<typeof opsOf>;

/** Where things stand is most worth knowing while log and database do not match. */
export const opsService = (ops: Ops): OfferedService =>
  offer(OpsServiceService, ops, { tellAlways: ['getRelayStatus', 'getConsumerStatus', 'getTimerStatus'] });

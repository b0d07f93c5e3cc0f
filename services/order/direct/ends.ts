/**
 * How an order ended, for the caller of a direct saga who waits for it. The first end counts and never changes, so that a
 * repeat gets the same answer whatever came after it.
 */
import type { Tx } from '../../../platform/database.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import type { CallInfo } from '../../../platform/grpc/service.ts';
import { createOutcomeWatch } from '../../../platform/outcomeWatch.ts';
import { OrderStatus } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { orderEvents } from '../domain/events.ts';

export interface OrderEnd {
  readonly status: OrderStatus;
  readonly version: number;
}

/** What tells of ends. */
export interface Ends {
  /**
   * Waits for the end; `isNew`: the order was placed just now. Throws OrderlogError DEADLINE_EXCEEDED, or why the call is
   * over.
   */
  of(orderId: string, db: Tx, call: Pick<CallInfo, 'signal'>, isNew: boolean): Promise<OrderEnd>;
}

export interface EndWatch extends Ends {
  /** Wakes those who wait, after a COMMIT of this process. */
  onCommitted(events: readonly StoredEvent[]): void;
  /** Nobody waits any longer than so many ms (UNAVAILABLE): what they wait for goes on without this process. */
  close(afterMs?: number): void;
}

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;

export function watchEnds(): EndWatch {
  const watch = createOutcomeWatch<OrderEnd>({ read: readEnds, notYet: notEnded, stopping });
  return {
    onCommitted(events) {
      for (const { streamId, type, version } of events) {
        const status = STATUS_AFTER.get(type);
        if (status !== undefined) watch.tell(streamId, { status, version });
      }
    },
    close: watch.close,
    of: (orderId, db, { signal }, isNew) =>
      watch.of(orderId, { db, signal, ms: MAX_WAIT_MS, hadNone: isNew }),
  };
}

async function readEnds(db: Tx, orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderEnd>> {
  const ends = new Map<string, OrderEnd>();
  for (const [orderId, events] of await readStreams(db, orderIds)) {
    const end = firstEnd(events);
    if (end) ends.set(orderId, end);
  }
  return ends;
}

const STATUS_AFTER: ReadonlyMap<string, OrderStatus> = new Map(
  (
    [
      ['OrderCompleted', OrderStatus.ORDER_STATUS_COMPLETED],
      ['OrderRejected', OrderStatus.ORDER_STATUS_REJECTED],
      ['OrderCancelled', OrderStatus.ORDER_STATUS_CANCELLED],
    ] as const
  ).map(([type, status]) => [orderEvents.fullName(type), status]),
);

/** The order's first end; undefined: it has not ended. */
export function firstEnd(events: readonly StoredEvent[]): OrderEnd | undefined {
  for (const { type, version } of events) {
    const status = STATUS_AFTER.get(type);
    if (status !== undefined) return { status, version };
  }
  return undefined;
}

const notEnded = (orderId: string): OrderlogError =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'ORDER_UNDER_WAY',
    `order ${orderId} was placed, and has not ended yet: it goes on; ask GetOrder, or repeat with the same request_id`,
    { retryAfterMs: 1_000 },
  );

const stopping = (orderId: string): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    'SHUTTING_DOWN',
    `order ${orderId} was placed and goes on, but this replica is stopping: repeat with the same request_id, or ask GetOrder`,
    { retryAfterMs: 1_000 },
  );

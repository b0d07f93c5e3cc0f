/**
 * How an order ended, for the caller of a direct saga who waits for it. The first end counts and never changes, so that a
 * repeat gets the same answer whatever came after it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../../../platform/database.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import type { CallInfo } from '../../../platform/grpc/service.ts';
import { OrderStatus } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { orderEvents } from '../domain/events.ts';

export interface OrderEnd {
  readonly status: OrderStatus;
  readonly version: number;
}

/** What tells of ends. */
export interface Ends {
  /** Waits for the end. Throws OrderlogError DEADLINE_EXCEEDED, or why the call is over. */
  of(orderId: string, db: Tx, call: Pick<CallInfo, 'signal'>): Promise<OrderEnd>;
}

export interface EndWatch extends Ends {
  /** Wakes those who wait, after a COMMIT of this process. */
  onCommitted(events: readonly StoredEvent[]): void;
  /** Nobody waits any longer (UNAVAILABLE): what they wait for goes on without this process. */
  close(): void;
}

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;
/** Another replica may have brought an end about. */
const POLL_MS = 500;

/** Those who wait for one order. */
type Waiters = Set<PromiseWithResolvers<OrderEnd>>;

export function watchEnds(): EndWatch {
  const waiting = new Map<string, Waiters>();
  let isPolling = false;
  let isClosed = false;
  const tell = (orderId: string, end: OrderEnd) => {
    for (const { resolve } of waiting.get(orderId) ?? []) resolve(end);
  };

  /** One read for all who wait. */
  async function poll(db: Tx): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    while (waiting.size > 0) {
      await sleep(POLL_MS);
      // Where the database does not answer they wait on: each has a deadline of its own.
      const histories = await readStreams(db, [...waiting.keys()]).catch(() => new Map<string, never>());
      for (const [orderId, events] of histories) {
        const end = firstEnd(events);
        if (end) tell(orderId, end);
      }
    }
    isPolling = false;
  }

  return {
    onCommitted(events) {
      for (const { streamId, type, version } of events) {
        const status = STATUS_AFTER.get(type);
        if (status !== undefined) tell(streamId, { status, version });
      }
    },
    close() {
      isClosed = true;
      for (const [orderId, waiters] of waiting) for (const { reject } of waiters) reject(stopping(orderId));
    },
    async of(orderId, db, { signal }) {
      const waiter = Promise.withResolvers<OrderEnd>();
      // It may come before anybody looks at it.
      waiter.promise.catch(() => undefined);
      const waiters: Waiters = waiting.get(orderId) ?? new Set();
      waiting.set(orderId, waiters.add(waiter));
      const giveUp = AbortSignal.any([signal, AbortSignal.timeout(MAX_WAIT_MS)]);
      const onGiveUp = () => waiter.reject(notEnded(orderId));
      giveUp.addEventListener('abort', onGiveUp);
      try {
        const end = firstEnd((await readStreams(db, [orderId])).get(orderId) ?? []);
        if (end) return end;
        if (giveUp.aborted) throw notEnded(orderId);
        if (isClosed) throw stopping(orderId);
        void poll(db);
        return await waiter.promise;
      } finally {
        giveUp.removeEventListener('abort', onGiveUp);
        waiters.delete(waiter);
        if (waiters.size === 0) waiting.delete(orderId);
      }
    },
  };
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

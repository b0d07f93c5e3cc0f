/**
 * How an order ended, for the caller of a direct saga who waits for it. The first end counts and never changes, so that a
 * repeat gets the same answer whatever came after it.
 */
import type { Tx } from '../../../platform/database.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import type { CallInfo } from '../../../platform/grpc/service.ts';
import { createNudge, type Nudge } from '../../../platform/wait.ts';
import type { OrderStatus } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { orderEvents } from '../domain/events.ts';
import { foldHistory } from '../domain/history.ts';
import { statusOf } from '../view.ts';

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
}

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;
/** Another replica may have brought the end about. */
const POLL_MS = 500;

export function watchEnds(): EndWatch {
  const waiting = new Map<string, Set<Nudge>>();
  const wait = async (orderId: string, ms: number, signal: AbortSignal): Promise<void> => {
    const nudge = createNudge();
    const others = waiting.get(orderId) ?? new Set();
    waiting.set(orderId, others.add(nudge));
    await nudge.wait(ms, signal);
    others.delete(nudge);
    if (others.size === 0) waiting.delete(orderId);
  };
  return {
    onCommitted(events) {
      for (const { streamId, type } of events) {
        if (ENDS.has(type)) for (const { nudge } of waiting.get(streamId) ?? []) nudge();
      }
    },
    async of(orderId, db, { signal }) {
      const untilMs = performance.now() + MAX_WAIT_MS;
      while (performance.now() < untilMs) {
        const end = firstEnd((await readStreams(db, [orderId])).get(orderId) ?? []);
        if (end) return end;
        await wait(orderId, POLL_MS, signal);
        if (signal.aborted) throw notEnded(orderId);
      }
      throw notEnded(orderId);
    },
  };
}

const ENDS: ReadonlySet<string> = new Set(
  (['OrderCompleted', 'OrderRejected', 'OrderCancelled'] as const).map((type) => orderEvents.fullName(type)),
);

/** Where the order stood after its first end; undefined: it has not ended. */
export function firstEnd(events: readonly StoredEvent[]): OrderEnd | undefined {
  const length = events.findIndex(({ type }) => ENDS.has(type)) + 1;
  if (length === 0) return undefined;
  const state = foldHistory(events.slice(0, length));
  return { status: statusOf(state.status === 'unreadable' ? state.order : state), version: length };
}

const notEnded = (orderId: string): OrderlogError =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'ORDER_UNDER_WAY',
    `order ${orderId} was placed, and has not ended yet: it goes on; ask GetOrder, or repeat with the same request_id`,
    { retryAfterMs: 1_000 },
  );

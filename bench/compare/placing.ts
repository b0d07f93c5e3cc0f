/** Places orders as a well-behaved client does, and finds out when they ended. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../e2e/support/orders.ts';
import { type OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Bed } from './bed.ts';
import { answered } from './patience.ts';
import type { OrderWish } from './workload.ts';

export interface Placed {
  readonly wish: OrderWish;
  readonly orderId: string;
  readonly status: OrderStatus;
  /** As performance.now(). */
  readonly dueMs: number;
  readonly answeredMs: number;
  /** Calls that were refused, or not answered in time. */
  readonly refusals: number;
}

export interface Ended {
  readonly status: string;
  /** As performance.now(). */
  readonly endedMs: number;
}

const CALL_TIMEOUT_MS = 10_000;
const END_WITHIN_MS = 300_000;
const POLL_MS = 100;
const LOOKERS = 8;

/** Repeats under the same request_id. */
export async function place({ orders }: Bed, wish: OrderWish, dueMs: number): Promise<Placed> {
  const request = {
    requestId: randomUUID(),
    customerId: wish.customerId,
    lines: [...wish.lines],
    paymentToken: wish.paymentToken,
    expectedTotal: undefined,
    sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  };
  const { value, refusals } = await answered(() =>
    orders.placeOrder(request, { timeoutMs: CALL_TIMEOUT_MS }),
  );
  return {
    wish,
    orderId: value.orderId,
    status: value.status,
    dueMs,
    answeredMs: performance.now(),
    refusals,
  };
}

/**
 * When orders ended, by the order's own record; waits for those that have not. A few look at once, so that looking costs
 * little beside what is looked at. Throws if one has not ended within five minutes.
 */
export async function ends({ orders }: Bed, ids: readonly string[]): Promise<ReadonlyMap<string, Ended>> {
  // Services write times by the wall clock of this same machine.
  const wallMs = Date.now() - performance.now();
  const untilMs = performance.now() + END_WITHIN_MS;
  const found = new Map<string, Ended>();
  const open = [...ids];
  const look = async () => {
    for (let orderId = open.shift(); orderId !== undefined; orderId = open.shift()) {
      const { order } = (await answered(() => orders.getOrder({ orderId }))).value;
      if (order?.updateTime && hasEnded(order.status)) {
        const status = orderStatusToJSON(order.status).replace('ORDER_STATUS_', '');
        found.set(orderId, { status, endedMs: order.updateTime.getTime() - wallMs });
        continue;
      }
      if (performance.now() > untilMs) throw new Error(`order ${orderId} has not ended after five minutes`);
      open.push(orderId);
      await sleep(POLL_MS);
    }
  };
  await Promise.all(Array.from({ length: LOOKERS }, look));
  return found;
}

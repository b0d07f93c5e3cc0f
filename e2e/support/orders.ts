/** Places orders from outside and waits for their ends. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type {
  Order,
  OrderServiceService,
  PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { type OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';

export type Orders = GrpcClient<typeof OrderServiceService>;

export const ENDED = [
  'ORDER_STATUS_COMPLETED',
  'ORDER_STATUS_REJECTED',
  'ORDER_STATUS_CANCELLED',
  'ORDER_STATUS_REFUNDED',
];

export const hasEnded = (status: OrderStatus): boolean => ENDED.includes(orderStatusToJSON(status));

/** A request for two pieces of coffee, unless said otherwise. */
export const orderOf = (fields: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest => ({
  requestId: randomUUID(),
  customerId: 'ada',
  lines: [{ sku: 'SKU-COFFEE', quantity: 2 }],
  paymentToken: 'tok_ok',
  expectedTotal: undefined,
  sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  ...fields,
});

/** As a well-behaved client: repeats under the same request_id for as long as it is told that a repeat may help. */
export const placeUntilAccepted = (
  orders: Orders,
  request: PlaceOrderRequest,
  withinMs = 60_000,
): Promise<PlaceOrderResponse> => untilAccepted(() => orders.placeOrder(request), withinMs);

/** The same for any call. */
export async function untilAccepted<T>(call: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isRepeatable(error) || performance.now() > untilMs) throw error;
      await sleep(100);
    }
  }
}

export const isRepeatable = (error: unknown): boolean =>
  error instanceof OrderlogError &&
  ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL'].includes(error.code) &&
  (error.code !== 'INTERNAL' || /RST_STREAM|connection|stream/i.test(error.message));

/** The order once it has ended, whatever fails in between. Throws when the time is over. */
export async function ended(orders: Orders, orderId: string, withinMs = 120_000): Promise<Order> {
  const untilMs = performance.now() + withinMs;
  let last = 'never read';
  while (performance.now() < untilMs) {
    try {
      const { order } = await orders.getOrder({ orderId });
      if (order && hasEnded(order.status)) return order;
      last = order ? orderStatusToJSON(order.status) : 'missing';
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      last = String(error);
    }
    await sleep(50);
  }
  throw new Error(`order ${orderId} has not ended within ${withinMs} ms: ${last}`);
}

/** Names of an order's events, in order. */
export async function eventsOf(orders: Orders, orderId: string): Promise<string[]> {
  const { events } = await orders.getOrderHistory({ orderId, pageSize: 1_000, pageToken: '' });
  return events.map((event) => event.type.replace('orderlog.order.v1.', ''));
}

/** How many orders ended in which status. */
export function tally(orders: readonly Order[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of orders) {
    const name = orderStatusToJSON(status).replace('ORDER_STATUS_', '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** One order as the Order service keeps it, now or at a moment of its past: no read model is asked. */
import { OrderlogError } from '../../platform/errors.ts';
import type { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import {
  type GetOrderRequest,
  type GetOrderResponse,
  OrderView,
  ReadSource,
  type ReadState,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { unpriced } from '../../proto/orderLines.ts';
import type { QueryCall } from './freshness.ts';
import { type OrderServiceClient, orderOf } from './orderService.ts';
import { type WantedVersion, wantedVersion } from './wantedVersion.ts';

const RETRY_AFTER_MS = 1_000;

export interface OrderAggregates {
  readonly orders: Pick<OrderServiceClient, 'getOrder'>;
  /** Signs consistency tokens; the services' own. */
  readonly consistencyKey: Uint8Array;
}

/** Throws OrderlogError. */
export async function aggregateOrder(
  { orders, consistencyKey }: OrderAggregates,
  request: GetOrderRequest,
  call: QueryCall,
): Promise<GetOrderResponse> {
  const wanted = wantedVersion(consistencyKey, request.consistencyToken);
  const { orderId, atVersion, atTime } = request;
  const why = `the Order service cannot be asked for ${orderId}`;
  const order = await orderOf(orders, { orderId, atVersion, atTime }, call, why);
  // A moment of the past is what it was, however new the write that the reader knows of.
  if (!isOfPast(request)) assertReached([order], wanted);
  return { order: viewOf(order), readState: aggregateState(order.version) };
}

/** Whether a moment is asked for, which only the Order service can tell. */
export const isOfPast = ({ atVersion, atTime }: GetOrderRequest): boolean =>
  atVersion !== undefined || atTime !== undefined;

/** `orderVersion`: 0 for lists. */
export const aggregateState = (orderVersion: number): ReadState => ({
  source: ReadSource.READ_SOURCE_AGGREGATE,
  orderVersion,
  logSequence: 0n,
});

/** What was answered is there; unless the Order service's database was set back since, and then its reader is told. */
export function assertReached(orders: readonly Order[], wanted: WantedVersion | undefined): void {
  const behind = orders.find(
    ({ orderId, version }) => orderId === wanted?.orderId && version < wanted.version,
  );
  if (!behind || !wanted) return;
  throw new OrderlogError(
    'UNAVAILABLE',
    'AGGREGATE_BEHIND',
    `the Order service has version ${behind.version} of order ${wanted.orderId}, version ${wanted.version} was asked for: ` +
      'its database was set back; repeat the read once it is recovered',
    { retryAfterMs: RETRY_AFTER_MS },
  );
}

/** As the projection shows it (projector/orders/project.ts), but for the timeline, which is its history's to tell. */
export const viewOf = ({ lines, pricedLines, ...order }: Order): OrderView =>
  OrderView.fromPartial({ ...order, lines: pricedLines.length > 0 ? pricedLines : lines.map(unpriced) });

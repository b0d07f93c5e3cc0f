/** An order's events as the Order service tells them: sealed tokens are left out there already. */
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type { HistoryEvent, OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { EventRecord } from '../engine/projection.ts';

/** The part of the Order service that is asked. */
export type OrderHistoryClient = Pick<GrpcClient<OrderServiceService>, 'getOrderHistory'>;

const PAGE_SIZE = 1_000;
const TIMEOUT_MS = 10_000;
/** An order has a dozen; more pages than this is a service that turns in circles. */
const MAX_PAGES = 100;

/** All events of an order, oldest first. Throws OrderlogError. */
export async function orderHistory(orders: OrderHistoryClient, orderId: string): Promise<EventRecord[]> {
  const records: EventRecord[] = [];
  let pageToken = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const request = { orderId, pageSize: PAGE_SIZE, pageToken };
    const answer = await orders.getOrderHistory(request, { timeoutMs: TIMEOUT_MS });
    records.push(...answer.events.map((event) => toRecord(orderId, event)));
    pageToken = answer.nextPageToken;
    if (pageToken === '') return records;
  }
  throw new Error(`the history of ${orderId} has no end`);
}

const toRecord = (
  streamId: string,
  { version, eventId, type, createTime, event }: HistoryEvent,
): EventRecord => ({
  streamId,
  version,
  eventId,
  type,
  time: createTime ?? new Date(0),
  payload: event?.value ?? new Uint8Array(),
});

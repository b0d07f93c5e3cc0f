/** Orders found by the gateway, page after page, up to as many as are wanted. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  type OrderView,
  SearchOrdersRequest,
  SearchOrdersResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { table } from '../table.ts';
import type { QueryClient } from './client.ts';
import { moneyText, statusText } from './text.ts';

const MAX_PAGE = 100;
/** From the contract: more are not counted. */
const COUNTED_UP_TO = 10_000n;
const MAX_LINES_CHARACTERS = 60;

/** All of one answer, its orders from as many pages as it takes. */
export async function findOrders(
  client: QueryClient,
  query: Partial<SearchOrdersRequest>,
  limit: number,
): Promise<SearchOrdersResponse> {
  const orders: OrderView[] = [];
  for (let pageToken = query.pageToken ?? ''; ; ) {
    const pageSize = Math.min(MAX_PAGE, limit - orders.length);
    const page = await client.searchOrders(
      SearchOrdersRequest.fromPartial({ ...query, pageSize, pageToken }),
    );
    orders.push(...page.orders);
    pageToken = page.nextPageToken;
    if (pageToken === '' || orders.length >= limit) return { ...page, orders };
  }
}

export const listJson = (found: SearchOrdersResponse): JsonObject =>
  messageJson('orderlog.query.v1.SearchOrdersResponse', SearchOrdersResponse.encode(found).finish());

export function listText({ orders, totalSize, statusCounts, nextPageToken }: SearchOrdersResponse): string {
  if (orders.length === 0) return 'no order matches\n';
  const rows = orders.map((order) => [
    order.orderId,
    statusText(order.status),
    moneyText(order.total),
    order.customerId,
    order.createTime?.toISOString() ?? '–',
    linesOf(order),
  ]);
  const counts = statusCounts.map(({ status, count }) => `${count} ${orderStatusToJSON(status)}`);
  const more = nextPageToken === '' ? '' : ', more by --limit';
  return [
    table([['ORDER', 'STATUS', 'TOTAL', 'CUSTOMER', 'CREATED', 'LINES'], ...rows]),
    `\n${orders.length} of ${totalText(totalSize)}${more}\n`,
    counts.length > 0 ? `by status: ${counts.join(', ')}\n` : '',
  ].join('');
}

/** Aggregates do not count. */
const totalText = (total: bigint): string =>
  total < 0n ? 'an unknown number' : total >= COUNTED_UP_TO ? `${total} or more` : String(total);

function linesOf({ lines }: OrderView): string {
  const text = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ');
  return text.length > MAX_LINES_CHARACTERS ? `${text.slice(0, MAX_LINES_CHARACTERS - 1)}…` : text;
}

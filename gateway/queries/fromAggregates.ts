/**
 * Orders as the Order service keeps them: every read sees every write that was answered, and no read model is needed. What
 * takes one, search by text or total and counts, is refused and named.
 */
import { OrderlogError } from '../../platform/errors.ts';
import type { ListOrdersRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderSort, type SearchOrdersRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import {
  aggregateOrder,
  aggregateState,
  assertReached,
  type OrderAggregates,
  viewOf,
} from './aggregateOrder.ts';
import type { OrderQueries } from './orderQueries.ts';
import { listOf, type OrderServiceClient } from './orderService.ts';
import { wantedVersion } from './wantedVersion.ts';

interface Aggregates extends OrderAggregates {
  readonly orders: OrderServiceClient;
}

export const fromAggregates = ({ orders, consistencyKey }: Aggregates): OrderQueries => ({
  getOrder: (request, call) => aggregateOrder({ orders, consistencyKey }, request, call),

  async listCustomerOrders(request, call) {
    const { customerId, pageSize, pageToken } = request;
    const wanted = wantedVersion(consistencyKey, request.consistencyToken);
    const page = await listOf(orders, { ...anyOrders, customerId, pageSize, pageToken }, call);
    assertReached(page.orders, wanted);
    const { nextPageToken } = page;
    return { orders: page.orders.map(viewOf), nextPageToken, readState: aggregateState(0) };
  },

  async searchOrders(request, call) {
    refuseSearch(request);
    const { customerId, statuses, createdAfter, createdBefore, pageSize, pageToken } = request;
    const oldestFirst = request.sort === OrderSort.ORDER_SORT_CREATED_ASC;
    const wanted = wantedVersion(consistencyKey, request.consistencyToken);
    const asked = { customerId, statuses, createdAfter, createdBefore, oldestFirst, pageSize, pageToken };
    const page = await listOf(orders, asked, call);
    assertReached(page.orders, wanted);
    const { nextPageToken } = page;
    const list = { orders: page.orders.map(viewOf), nextPageToken, readState: aggregateState(0) };
    return { ...list, totalSize: -1n, statusCounts: [] };
  },
});

const anyOrders: ListOrdersRequest = {
  customerId: '',
  statuses: [],
  createdAfter: undefined,
  createdBefore: undefined,
  oldestFirst: false,
  pageSize: 0,
  pageToken: '',
};

const NEEDS_PROJECTION: Readonly<Record<string, (request: SearchOrdersRequest) => boolean>> = {
  query: ({ query }) => query !== '',
  min_total: ({ minTotal }) => minTotal !== undefined,
  max_total: ({ maxTotal }) => maxTotal !== undefined,
  sort: ({ sort }) =>
    sort === OrderSort.ORDER_SORT_TOTAL_ASC ||
    sort === OrderSort.ORDER_SORT_TOTAL_DESC ||
    sort === OrderSort.ORDER_SORT_RELEVANCE,
};

function refuseSearch(request: SearchOrdersRequest): void {
  const description =
    'needs the read model, and reads come from the aggregates here (ORDERLOG_READS=aggregate): leave it out, or run the ' +
    'gateway with ORDERLOG_READS=projection';
  const violations = Object.entries(NEEDS_PROJECTION).flatMap(([field, isAsked]) =>
    isAsked(request) ? [{ field, description }] : [],
  );
  const [first] = violations;
  if (!first) return;
  const message = `${first.field} ${description}`;
  throw new OrderlogError('UNIMPLEMENTED', 'NEEDS_READ_MODEL', message, { violations });
}

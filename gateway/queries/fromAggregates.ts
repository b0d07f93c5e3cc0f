/**
 * Orders as the Order service keeps them: every read sees every write that was answered, and no read model is needed. What
 * takes one, search by text or total and counts, is refused and named.
 */
import { OrderlogError } from '../../platform/errors.ts';
import type { ListOrdersRequest, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { OrderLine, PricedLine } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  OrderSort,
  OrderView,
  ReadSource,
  type ReadState,
  type SearchOrdersRequest,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { OrderQueries } from './orderQueries.ts';
import { listOf, type OrderServiceClient, orderOf } from './orderService.ts';
import { type WantedVersion, wantedVersion } from './wantedVersion.ts';

interface Aggregates {
  readonly orders: OrderServiceClient;
  /** Signs consistency tokens; the services' own. */
  readonly consistencyKey: Uint8Array;
}

const RETRY_AFTER_MS = 1_000;

export const fromAggregates = ({ orders, consistencyKey }: Aggregates): OrderQueries => ({
  async getOrder(request, call) {
    const orderId = request.orderId.toLowerCase();
    const wanted = wantedVersion(consistencyKey, request.consistencyToken);
    const order = await orderOf(orders, orderId, call, `the Order service cannot be asked for ${orderId}`);
    assertReached([order], wanted);
    return { order: viewOf(order), readState: readState(order.version) };
  },

  async listCustomerOrders(request, call) {
    const { customerId, pageSize, pageToken } = request;
    const wanted = wantedVersion(consistencyKey, request.consistencyToken);
    const page = await listOf(orders, { ...anyOrders, customerId, pageSize, pageToken }, call);
    assertReached(page.orders, wanted);
    const { nextPageToken } = page;
    return { orders: page.orders.map(viewOf), nextPageToken, readState: readState(0) };
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
    const list = { orders: page.orders.map(viewOf), nextPageToken, readState: readState(0) };
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

const readState = (orderVersion: number): ReadState => ({
  source: ReadSource.READ_SOURCE_AGGREGATE,
  orderVersion,
  logSequence: 0n,
});

/** What was answered is there; unless the Order service's database was set back since, and then its reader is told. */
function assertReached(orders: readonly Order[], wanted: WantedVersion | undefined): void {
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

/** As the projection shows it (projector/orders/project.ts), but for the timeline, which is its history's to tell. */
export const viewOf = ({ lines, pricedLines, ...order }: Order): OrderView =>
  OrderView.fromPartial({ ...order, lines: pricedLines.length > 0 ? pricedLines : lines.map(unpriced) });

const unpriced = ({ sku, quantity }: OrderLine): PricedLine => ({
  sku,
  name: '',
  quantity,
  unitPrice: undefined,
  lineTotal: undefined,
});

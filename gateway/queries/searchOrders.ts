/**
 * Lists of orders from the read model: SearchOrders, and ListCustomerOrders, which is the search for one customer's.
 *
 * With a consistency token the answer is one in which that write can be found: it is waited for by reads by id, which are
 * realtime, and then looked for in the very search that is answered; if it is not there yet, the index is refreshed, once
 * for all who wait.
 */
import { issueCursor, type Place, type Question, readCursor } from '../../platform/grpc/pageCursor.ts';
import { orderStatusFromJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  ListCustomerOrdersRequest,
  type ListCustomerOrdersResponse,
  OrderSort,
  type OrderView,
  ReadSource,
  type ReadState,
  SearchOrdersRequest,
  type SearchOrdersResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { QueryCall } from './freshness.ts';
import type { Projection } from './fromProjection.ts';
import { DEFAULT_PAGE_SIZE } from './orderQueries.ts';
import type { FoundOrders } from './orderReadModel.ts';
import { type OrderSearch, orderSearch } from './orderSearch.ts';
import { searchAtLeast } from './searchFreshness.ts';
import { wantedVersion } from './wantedVersion.ts';

/** Throws OrderlogError. */
export async function searchOrders(
  projection: Projection,
  request: SearchOrdersRequest,
  call: QueryCall,
): Promise<SearchOrdersResponse> {
  const asked = SearchOrdersRequest.encode({ ...request, pageSize: 0, pageToken: '', consistencyToken: '' });
  const question = { list: 'orders/search', asked: asked.finish() };
  const { found, ...page } = await pageOf(
    projection,
    question,
    orderSearch(request, call.owner),
    request,
    call,
  );
  const statusCounts = [...found.statusCounts].map(([status, count]) => ({
    status: orderStatusFromJSON(status),
    count: BigInt(count),
  }));
  return { ...page, totalSize: BigInt(found.total), statusCounts };
}

/** Throws OrderlogError. */
export async function listCustomerOrders(
  projection: Projection,
  request: ListCustomerOrdersRequest,
  call: QueryCall,
): Promise<ListCustomerOrdersResponse> {
  const { customerId } = request;
  const asked = ListCustomerOrdersRequest.encode({
    ...request,
    pageSize: 0,
    pageToken: '',
    consistencyToken: '',
  });
  const question = { list: 'orders/customer', asked: asked.finish() };
  const search = orderSearch({ ...ofAnybody, customerId }, call.owner);
  const { orders, nextPageToken, readState } = await pageOf(projection, question, search, request, call);
  return { orders, nextPageToken, readState };
}

const ofAnybody = {
  query: '',
  statuses: [],
  createdAfter: undefined,
  createdBefore: undefined,
  minTotal: undefined,
  maxTotal: undefined,
  sort: OrderSort.ORDER_SORT_CREATED_DESC,
};

interface Page {
  readonly found: FoundOrders;
  readonly orders: OrderView[];
  readonly nextPageToken: string;
  readonly readState: ReadState;
}

async function pageOf(
  { model, consistencyKey }: Projection,
  question: Question,
  search: OrderSearch,
  request: { readonly pageSize: number; readonly pageToken: string; readonly consistencyToken: string },
  call: QueryCall,
): Promise<Page> {
  const after = readCursor(consistencyKey, question, request.pageToken);
  const wanted = wantedVersion(consistencyKey, request.consistencyToken);
  const size = request.pageSize || DEFAULT_PAGE_SIZE;
  // One more tells whether there is a next page.
  const found = await searchAtLeast(model, { search, size: size + 1, after }, wanted, call);
  const page = found.orders.slice(0, size);
  const place: Place | undefined = found.orders.length > size ? page.at(-1)?.place : undefined;
  return {
    found,
    orders: page.map(({ view }) => view),
    nextPageToken: place ? issueCursor(consistencyKey, question, place) : '',
    readState: {
      source: ReadSource.READ_SOURCE_PROJECTION,
      orderVersion: 0,
      logSequence: BigInt(found.sequence),
    },
  };
}

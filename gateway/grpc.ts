/** OrderQueryService; what is left out answers UNIMPLEMENTED. */
import { type CallInfo, type OfferedService, offer } from '../platform/grpc/service.ts';
import {
  OrderQueryServiceService,
  type WatchOrderRequest,
} from '../proto/gen/orderlog/query/v1/query_service.ts';
import { openWatch, type WatchSources } from './live/watchOrder.ts';
import type { OrderQueries } from './queries/orderQueries.ts';
import type { SalesQueries } from './queries/salesSummary.ts';

export const orderQueryService = (
  queries: OrderQueries,
  watched: WatchSources,
  sales: SalesQueries,
): OfferedService =>
  offer(OrderQueryServiceService, {
    getOrder: (request, call) => queries.getOrder(request, call),
    searchOrders: (request, call) => queries.searchOrders(request, call),
    listCustomerOrders: (request, call) => queries.listCustomerOrders(request, call),
    getSalesSummary: (request, call) => sales.getSalesSummary(request, call),
    watchOrder: (request, call) => updates(watched, request, call),
  });

async function* updates(watched: WatchSources, request: WatchOrderRequest, call: CallInfo) {
  yield* (await openWatch(watched, request, call)).updates;
}

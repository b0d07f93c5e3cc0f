/** OrderQueryService; what is left out answers UNIMPLEMENTED. */
import { type OfferedService, offer } from '../platform/grpc/service.ts';
import { OrderQueryServiceService } from '../proto/gen/orderlog/query/v1/query_service.ts';
import type { OrderQueries } from './queries/orderQueries.ts';

export const orderQueryService = (queries: OrderQueries): OfferedService =>
  offer(OrderQueryServiceService, {
    getOrder: (request, call) => queries.getOrder(request, call),
    searchOrders: (request, call) => queries.searchOrders(request, call),
    listCustomerOrders: (request, call) => queries.listCustomerOrders(request, call),
  });

/** OrderQueryService; what is left out answers UNIMPLEMENTED. */
import { type OfferedService, offer } from '../platform/grpc/service.ts';
import { OrderQueryServiceService } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { getOrder, type OrderQueries } from './queries/getOrder.ts';

export const orderQueryService = (queries: OrderQueries): OfferedService =>
  offer(OrderQueryServiceService, {
    getOrder: (request, call) => getOrder(queries, request, call),
  });

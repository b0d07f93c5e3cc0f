/**
 * What can be asked of orders: the functions behind OrderQueryService and REST. Two kinds answer them: the read model
 * (fromProjection.ts) and the Order service itself (fromAggregates.ts), as ORDERLOG_READS says.
 *
 * All throw OrderlogError, and are bounded by the call's deadline and by bounds of their own.
 */
import type {
  GetOrderRequest,
  GetOrderResponse,
  ListCustomerOrdersRequest,
  ListCustomerOrdersResponse,
  SearchOrdersRequest,
  SearchOrdersResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { QueryCall } from './freshness.ts';

export interface OrderQueries {
  getOrder(request: GetOrderRequest, call: QueryCall): Promise<GetOrderResponse>;
  listCustomerOrders(
    request: ListCustomerOrdersRequest,
    call: QueryCall,
  ): Promise<ListCustomerOrdersResponse>;
  searchOrders(request: SearchOrdersRequest, call: QueryCall): Promise<SearchOrdersResponse>;
}

/** Where the gateway's reads of orders come from. */
export const READS = ['projection', 'aggregate'] as const;
export const DEFAULT_PAGE_SIZE = 20;

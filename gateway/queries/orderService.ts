/** The Order service, as queries ask it. */
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type {
  GetOrderRequest,
  ListOrdersRequest,
  ListOrdersResponse,
  Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { QueryCall } from './freshness.ts';

export type OrderServiceClient = Pick<GrpcClient<OrderServiceService>, 'getOrder' | 'listOrders'>;

/** Of an order that there is, and was not at that moment. */
const NOT_THEN = 'ORDER_NOT_FOUND_THEN';

/** Throws OrderlogError: what the service says, or UNAVAILABLE if it cannot be asked; `why` begins what that says. */
export async function orderOf(
  orders: Pick<OrderServiceClient, 'getOrder'>,
  asked: GetOrderRequest,
  call: QueryCall,
  why: string,
): Promise<Order> {
  try {
    const { order } = await orders.getOrder(asked, { parent: call });
    if (!order) throw new Error(`the Order service answers without order ${asked.orderId}`);
    return order;
  } catch (error) {
    if (error instanceof OrderlogError && error.code === 'NOT_FOUND' && error.reason !== NOT_THEN) {
      throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `there is no order ${asked.orderId}`);
    }
    throw notAsked(error, why);
  }
}

/** Throws OrderlogError: what the service says, or UNAVAILABLE if it cannot be asked. */
export async function listOf(
  orders: Pick<OrderServiceClient, 'listOrders'>,
  request: ListOrdersRequest,
  call: QueryCall,
): Promise<ListOrdersResponse> {
  try {
    return await orders.listOrders(request, { parent: call });
  } catch (error) {
    throw notAsked(error, 'the Order service cannot be asked for orders');
  }
}

/** The service cannot be reached or does not serve now, or has hung up; whatever else it says is an answer, and stands. */
const UNHEARD: readonly ErrorCode[] = ['UNAVAILABLE', 'CANCELLED'];

function notAsked(error: unknown, why: string): unknown {
  if (!(error instanceof OrderlogError) || !UNHEARD.includes(error.code)) return error;
  return unavailable(error, why);
}

export const unavailable = (error: OrderlogError, why: string): OrderlogError =>
  new OrderlogError('UNAVAILABLE', 'ORDER_SERVICE_UNAVAILABLE', `${why}: ${error.message}`, {
    retryAfterMs: error.retryAfterMs ?? 1_000,
    cause: error,
  });

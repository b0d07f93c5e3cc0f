/** The Order service, as queries ask it. */
import { RATE_LIMITED } from '../../platform/access/rateLimit.ts';
import { OrderlogError } from '../../platform/errors.ts';
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

/** What the service says of an order, or of its past, and not of itself. */
const ANSWERS = ['ORDER_NOT_FOUND_THEN', 'PAST_NOT_KEPT'];

/** Throws OrderlogError: what the service says of it, or UNAVAILABLE if it cannot be asked; `why` begins what that says. */
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
    if (error instanceof OrderlogError && ANSWERS.includes(error.reason)) throw error;
    if (error instanceof OrderlogError && error.code === 'NOT_FOUND') {
      throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `there is no order ${asked.orderId}`);
    }
    throw notAsked(error, why);
  }
}

/** Throws OrderlogError: what the service says of the request, or UNAVAILABLE if it cannot be asked. */
export async function listOf(
  orders: Pick<OrderServiceClient, 'listOrders'>,
  request: ListOrdersRequest,
  call: QueryCall,
): Promise<ListOrdersResponse> {
  try {
    return await orders.listOrders(request, { parent: call });
  } catch (error) {
    if (error instanceof OrderlogError && error.code === 'INVALID_ARGUMENT') throw error;
    throw notAsked(error, 'the Order service cannot be asked for orders');
  }
}

/** What the service says of the caller, and not of itself. */
const OF_CALLER: readonly string[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];
const isOfCaller = ({ code, reason }: OrderlogError): boolean =>
  OF_CALLER.includes(code) || reason === RATE_LIMITED;

function notAsked(error: unknown, why: string): unknown {
  if (!(error instanceof OrderlogError) || isOfCaller(error)) return error;
  return new OrderlogError('UNAVAILABLE', 'ORDER_SERVICE_UNAVAILABLE', `${why}: ${error.message}`, {
    retryAfterMs: error.retryAfterMs ?? 1_000,
    cause: error,
  });
}

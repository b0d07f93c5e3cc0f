/**
 * One order from the read model: the one function behind gRPC GetOrder and GET /v1/orders/{id}.
 *
 * With a consistency token it first waits until the read model has the write that the token names. An order that is not in
 * the read model is asked for at the Order service: what exists there is on its way, and is waited for as if its first
 * version had been asked for; only what is not there either is NOT_FOUND.
 */
import { readToken } from '../../platform/consistencyToken.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import {
  type GetOrderRequest,
  type GetOrderResponse,
  ReadSource,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { ORDERS } from '../../proto/streams.ts';
import { awaitVersion, type QueryCall, readOptions } from './freshness.ts';
import type { OrderReadModel, ProjectedOrder } from './orderReadModel.ts';

export interface OrderQueries {
  readonly model: OrderReadModel;
  readonly orders: Pick<GrpcClient<OrderServiceService>, 'getOrder'>;
  /** Signs consistency tokens; the services' own. */
  readonly consistencyKey: Uint8Array;
}

/** For an order that the Order service knows and the read model lacks: usually there within some ten milliseconds. */
const BRIEF_WAIT_MS = 2_000;

/** Throws OrderlogError. */
export async function getOrder(
  queries: OrderQueries,
  request: GetOrderRequest,
  call: QueryCall,
): Promise<GetOrderResponse> {
  const { model, consistencyKey } = queries;
  // As ids are written in the log.
  const orderId = request.orderId.toLowerCase();
  if (request.consistencyToken !== '') {
    const { stream, aggregateId, version } = readToken(consistencyKey, request.consistencyToken);
    if (stream !== ORDERS.name) throw otherStream(stream);
    const seen = await awaitVersion(model, { orderId: aggregateId, version }, call);
    if (aggregateId === orderId) return answer(seen);
  }
  const found = await model.read(orderId, readOptions(call));
  if (found) return answer(found);
  await refuseUnlessExists(queries, orderId, call);
  return answer(await awaitVersion(model, { orderId, version: 1 }, call, BRIEF_WAIT_MS));
}

const answer = ({ view, version, sequence }: ProjectedOrder): GetOrderResponse => ({
  order: view,
  readState: {
    source: ReadSource.READ_SOURCE_PROJECTION,
    orderVersion: version,
    logSequence: BigInt(sequence),
  },
});

async function refuseUnlessExists({ orders }: OrderQueries, orderId: string, call: QueryCall): Promise<void> {
  try {
    await orders.getOrder({ orderId }, { parent: call });
  } catch (error) {
    if (!(error instanceof OrderlogError)) throw error;
    if (error.code === 'NOT_FOUND') {
      throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `there is no order ${orderId}`);
    }
    const message = `order ${orderId} is not in the read model, and the Order service cannot be asked for it`;
    throw new OrderlogError('UNAVAILABLE', 'ORDER_SERVICE_UNAVAILABLE', `${message}: ${error.message}`, {
      retryAfterMs: error.retryAfterMs ?? 1_000,
      cause: error,
    });
  }
}

function otherStream(stream: string): OrderlogError {
  const description = `is of ${stream}; reads of orders take tokens of writes on orders`;
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_TOKEN', `consistency_token: ${description}`, {
    violations: [{ field: 'consistency_token', description }],
  });
}

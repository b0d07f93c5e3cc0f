/**
 * POST /v1/orders/{id}/cancel: CancelOrder of the Order service. The body may be left out. The Idempotency-Key header is
 * the request_id; the same key and body give the same answer, byte for byte.
 */
import type { FastifyInstance } from 'fastify';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  CancelOrderRequest,
  CancelOrderResponse,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { messageBytes } from './body.ts';
import { idempotencyKeyOf, KEY_HEADER, refuseInBody } from './idempotencyKey.ts';
import { commandCallOf } from './routes.ts';

export type CancelOrderClient = Pick<GrpcClient<OrderServiceService>, 'cancelOrder'>;

interface Route {
  Params: { id: string };
}

export function addCancelOrder(app: FastifyInstance, orders: CancelOrderClient): void {
  const type = requestTypeOf(OrderServiceService.cancelOrder.path);
  const check = createRequestCheck(type);
  app.post<Route>('/v1/orders/:id/cancel', {
    config: { fieldNames: { request_id: KEY_HEADER, order_id: 'id' } },
    handler: async (request, reply) => {
      const requestId = idempotencyKeyOf(request);
      const body = request.body ?? {};
      refuseInBody(body, ['requestId', 'request_id'], `as the ${KEY_HEADER} header`);
      refuseInBody(body, ['orderId', 'order_id'], 'in the path');
      const parsed = CancelOrderRequest.decode(messageBytes(type, body));
      const wish = { ...parsed, requestId, orderId: request.params.id };
      check(CancelOrderRequest.encode(wish).finish());
      const answer = await orders.cancelOrder(wish, { parent: commandCallOf(request) });
      return reply
        .code(202)
        .header('location', `/v1/orders/${answer.orderId}`)
        .send(CancelOrderResponse.toJSON(answer));
    },
  });
}

/**
 * POST /v1/orders: PlaceOrder of the Order service. The Idempotency-Key header is its request_id; the same key and body
 * give the same answer, byte for byte.
 */
import type { FastifyInstance } from 'fastify';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  OrderServiceService,
  PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { messageBytes } from './body.ts';
import { idempotencyKeyOf, KEY_HEADER, refuseInBody } from './idempotencyKey.ts';
import { commandCallOf } from './routes.ts';

export type PlaceOrderClient = Pick<GrpcClient<OrderServiceService>, 'placeOrder'>;

export function addPlaceOrder(app: FastifyInstance, orders: PlaceOrderClient): void {
  const type = requestTypeOf(OrderServiceService.placeOrder.path);
  const check = createRequestCheck(type);
  app.post('/v1/orders', {
    config: { fieldNames: { request_id: KEY_HEADER } },
    handler: async (request, reply) => {
      const requestId = idempotencyKeyOf(request);
      refuseInBody(request.body, ['requestId', 'request_id'], `as the ${KEY_HEADER} header`);
      const parsed = PlaceOrderRequest.decode(messageBytes(type, request.body));
      const placed = { ...parsed, requestId };
      check(PlaceOrderRequest.encode(placed).finish());
      const answer = await orders.placeOrder(placed, { parent: commandCallOf(request) });
      return reply
        .code(202)
        .header('location', `/v1/orders/${answer.orderId}`)
        .send(PlaceOrderResponse.toJSON(answer));
    },
  });
}

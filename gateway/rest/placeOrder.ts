/**
 * POST /v1/orders: PlaceOrder of the Order service. The Idempotency-Key header is its request_id; the same key and body
 * give the same answer, byte for byte.
 */
import type { FastifyInstance } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  OrderServiceService,
  PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { messageBytes } from './body.ts';
import { callOf, headerOf } from './routes.ts';

export type PlaceOrderClient = Pick<GrpcClient<OrderServiceService>, 'placeOrder'>;

const KEY_HEADER = 'Idempotency-Key';

export function addPlaceOrder(app: FastifyInstance, orders: PlaceOrderClient): void {
  const type = requestTypeOf(OrderServiceService.placeOrder.path);
  const check = createRequestCheck(type);
  app.post('/v1/orders', {
    config: { fieldNames: { request_id: KEY_HEADER } },
    handler: async (request, reply) => {
      const requestId = keyOf(headerOf(request, KEY_HEADER.toLowerCase()));
      const parsed = PlaceOrderRequest.decode(messageBytes(type, withoutRequestId(request.body)));
      const placed = { ...parsed, requestId };
      check(PlaceOrderRequest.encode(placed).finish());
      // A client that goes away does not stop its order: it may ask again under the same key.
      const { deadline, traceparent } = callOf(request);
      const parent = { deadline, traceparent, signal: NEVER };
      const answer = await orders.placeOrder(placed, { parent });
      return reply
        .code(202)
        .header('location', `/v1/orders/${answer.orderId}`)
        .send(PlaceOrderResponse.toJSON(answer));
    },
  });
}

const NEVER = new AbortController().signal;

/** The header as it is, or as the quoted string of the IETF's draft. */
function keyOf(header: string | undefined): string {
  if (header !== undefined && header !== '') return header.replace(/^"(.*)"$/, '$1');
  const description = 'must be set: a UUID, chosen anew for each order and repeated with each repeat';
  throw new OrderlogError('INVALID_ARGUMENT', 'IDEMPOTENCY_KEY_MISSING', `${KEY_HEADER} ${description}`, {
    violations: [{ field: 'request_id', description }],
  });
}

/** The request_id stands in the header, and nowhere else. */
function withoutRequestId(body: unknown): unknown {
  const isGiven = typeof body === 'object' && body !== null && ('requestId' in body || 'request_id' in body);
  if (!isGiven) return body;
  const description = `is not a field of the body: give it as the ${KEY_HEADER} header`;
  throw new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `requestId ${description}`, {
    violations: [{ field: 'requestId', description }],
  });
}

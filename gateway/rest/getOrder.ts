/** GET /v1/orders/{id}: an order from the read model, at least as new as the consistency token that is given. */
import type { FastifyInstance } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  GetOrderRequest,
  GetOrderResponse,
  OrderQueryServiceService,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { getOrder, type OrderQueries } from '../queries/getOrder.ts';
import { callOf, headerOf } from './routes.ts';

/** In lower case, as Node has them. */
const TOKEN_HEADER = 'consistency-token';
const TOKEN_PARAMETER = 'consistency_token';

interface Route {
  Params: { id: string };
  Querystring: Readonly<Record<string, string | string[] | undefined>>;
}

export function addGetOrder(app: FastifyInstance, queries: OrderQueries): void {
  const check = createRequestCheck(requestTypeOf(OrderQueryServiceService.getOrder.path));
  app.get<Route>('/v1/orders/:id', {
    config: { fieldNames: { order_id: 'id', consistency_token: 'Consistency-Token' } },
    handler: async (request) => {
      const asked = { orderId: request.params.id, consistencyToken: tokenOf(request) };
      check(GetOrderRequest.encode(asked).finish());
      return GetOrderResponse.toJSON(await getOrder(queries, asked, callOf(request)));
    },
  });
}

function tokenOf(request: Parameters<typeof headerOf>[0] & { query: Route['Querystring'] }): string {
  const unknown = Object.keys(request.query).find((name) => name !== TOKEN_PARAMETER);
  if (unknown !== undefined) {
    const violations = [{ field: unknown, description: `is not a parameter: known is ${TOKEN_PARAMETER}` }];
    throw new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', 'unknown parameter', { violations });
  }
  const parameter = request.query[TOKEN_PARAMETER];
  return headerOf(request, TOKEN_HEADER) ?? (Array.isArray(parameter) ? parameter.join() : (parameter ?? ''));
}

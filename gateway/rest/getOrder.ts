/** GET /v1/orders/{id}: an order, at least as new as the consistency token that is given. */
import type { FastifyInstance } from 'fastify';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  GetOrderRequest,
  GetOrderResponse,
  OrderQueryServiceService,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { OrderQueries } from '../queries/orderQueries.ts';
import { consistencyTokenOf, parametersOf, TOKEN_PARAMETER } from './parameters.ts';
import { callOf } from './routes.ts';

interface Route {
  Params: { id: string };
}

export function addGetOrder(app: FastifyInstance, queries: OrderQueries): void {
  const check = createRequestCheck(requestTypeOf(OrderQueryServiceService.getOrder.path));
  app.get<Route>('/v1/orders/:id', {
    config: { fieldNames: { order_id: 'id', consistency_token: 'Consistency-Token' } },
    handler: async (request) => {
      const parameters = parametersOf(request, [TOKEN_PARAMETER]);
      const consistencyToken = consistencyTokenOf(request, parameters);
      const asked = { orderId: request.params.id, consistencyToken };
      check(GetOrderRequest.encode(asked).finish());
      return GetOrderResponse.toJSON(await queries.getOrder(asked, callOf(request)));
    },
  });
}

/** Orders from the read model, which the projector feeds from the log. */
import { createAnsweredVersions } from './answeredVersions.ts';
import { getOrder } from './getOrder.ts';
import type { OrderQueries } from './orderQueries.ts';
import type { OrderReadModel } from './orderReadModel.ts';
import type { OrderServiceClient } from './orderService.ts';
import { listCustomerOrders, searchOrders } from './searchOrders.ts';

export interface Projection {
  readonly model: OrderReadModel;
  /** Tells whether an order that is not in the read model exists. */
  readonly orders: Pick<OrderServiceClient, 'getOrder'>;
  /** Signs consistency and page tokens; the services' own. */
  readonly consistencyKey: Uint8Array;
}

export function fromProjection(projection: Projection): OrderQueries {
  const answered = createAnsweredVersions();
  return {
    getOrder: (request, call) => getOrder(projection, answered, request, call),
    listCustomerOrders: (request, call) => listCustomerOrders(projection, request, call),
    searchOrders: (request, call) => searchOrders(projection, request, call),
  };
}

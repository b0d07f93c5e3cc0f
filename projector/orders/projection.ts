/** The order read model: stream ORDERS folded into one document an order. */
import type { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { DocumentProjection } from '../engine/projection.ts';
import { fromDocument, type OrderDocument, toDocument } from './document.ts';
import { type OrderEvent, orderEvents } from './events.ts';
import { type OrderHistoryClient, orderHistory } from './history.ts';
import { ordersIndex } from './mapping.ts';
import { project } from './project.ts';
import { isEnd } from './status.ts';

export const ordersProjection = (
  orders: OrderHistoryClient,
): DocumentProjection<OrderView, OrderDocument, OrderEvent> => ({
  name: ordersIndex.alias,
  stream: ORDERS.name,
  subjectPrefix: ORDERS.subjectPrefix,
  index: ordersIndex,
  codec: orderEvents,
  project,
  hasEnded: ({ status }) => isEnd(status),
  toDocument,
  fromDocument,
  history: (orderId) => orderHistory(orders, orderId),
});

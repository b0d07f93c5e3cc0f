/** Orders and their events as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { HistoryEvent, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { knownAny, messageJson } from '../messageJson.ts';

export const orderJson = (order: Order): JsonObject =>
  messageJson('orderlog.order.v1.Order', Order.encode(order).finish());

/** The payload of an event that this version does not know is left out. */
export const eventJson = (event: HistoryEvent): JsonObject =>
  messageJson(
    'orderlog.order.v1.HistoryEvent',
    HistoryEvent.encode({ ...event, event: knownAny(event.event) }).finish(),
  );

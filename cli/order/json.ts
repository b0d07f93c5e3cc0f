/** Orders and their events as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { HistoryEvent, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';

export const orderJson = (order: Order): JsonObject =>
  messageJson('orderlog.order.v1.Order', Order.encode(order).finish());

export const eventJson = (event: HistoryEvent): JsonObject =>
  messageJson('orderlog.order.v1.HistoryEvent', HistoryEvent.encode(event).finish());

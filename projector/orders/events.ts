/** The events of an order that change what its readers see of it, or what is counted of it. */
import { defineEvents, type EventOf } from '../../platform/events.ts';
import {
  OrderCancellationRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderItemsReserved,
  OrderNeedsReview,
  OrderPaid,
  OrderRefunded,
  OrderRejected,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { ORDERS } from '../../proto/streams.ts';

const messages = {
  OrderCreated,
  OrderItemsReserved,
  OrderPaid,
  OrderNeedsReview,
  OrderCompleted,
  OrderRejected,
  OrderCancellationRequested,
  OrderCancelled,
  OrderRefunded,
};
export const orderEvents = defineEvents(ORDERS.protoPackage, messages);
export type OrderEvent = EventOf<typeof messages>;

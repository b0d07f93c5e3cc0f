/** The events of an order: a union on `type`, and their codec. */
import { defineEvents, type EventOf } from '../../../platform/events.ts';
import {
  CancelPaymentRequested,
  ChargeRequested,
  ConfirmRequested,
  OrderCancellationRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderItemsReserved,
  OrderNeedsReview,
  OrderPaid,
  OrderRefunded,
  OrderRejected,
  ReleaseRequested,
  ReserveItemsRequested,
  ReturnRequested,
} from '../../../proto/gen/orderlog/order/v1/events.ts';

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
  ReserveItemsRequested,
  ChargeRequested,
  ConfirmRequested,
  ReleaseRequested,
  ReturnRequested,
  CancelPaymentRequested,
};

export const orderEvents = defineEvents('orderlog.order.v1', messages);
export type OrderEvent = EventOf<typeof messages>;

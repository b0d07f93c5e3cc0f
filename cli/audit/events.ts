/**
 * The events of the contract, all of them, read by the audit itself: it does not ask the deciders that it judges what they
 * mean.
 */
import { defineEvents, type EventOf } from '../../platform/events.ts';
import * as catalog from '../../proto/gen/orderlog/catalog/v1/events.ts';
import * as order from '../../proto/gen/orderlog/order/v1/events.ts';
import * as payment from '../../proto/gen/orderlog/payment/v1/events.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';

const orderMessages = {
  OrderCreated: order.OrderCreated,
  OrderItemsReserved: order.OrderItemsReserved,
  OrderPaid: order.OrderPaid,
  OrderNeedsReview: order.OrderNeedsReview,
  OrderCompleted: order.OrderCompleted,
  OrderRejected: order.OrderRejected,
  OrderCancellationRequested: order.OrderCancellationRequested,
  OrderCancelled: order.OrderCancelled,
  OrderRefunded: order.OrderRefunded,
  ReserveItemsRequested: order.ReserveItemsRequested,
  ChargeRequested: order.ChargeRequested,
  ConfirmRequested: order.ConfirmRequested,
  ReleaseRequested: order.ReleaseRequested,
  ReturnRequested: order.ReturnRequested,
  CancelPaymentRequested: order.CancelPaymentRequested,
};
const itemMessages = { ItemPut: catalog.ItemPut, StockAdjusted: catalog.StockAdjusted };
const reservationMessages = {
  ItemsReserved: catalog.ItemsReserved,
  ReserveFailed: catalog.ReserveFailed,
  ReservationReleased: catalog.ReservationReleased,
  ReservationConfirmed: catalog.ReservationConfirmed,
  ReservationReturned: catalog.ReservationReturned,
};
const paymentMessages = {
  PaymentStarted: payment.PaymentStarted,
  PaymentProcessed: payment.PaymentProcessed,
  PaymentFailed: payment.PaymentFailed,
  PaymentCancellationRequested: payment.PaymentCancellationRequested,
  PaymentRefundStarted: payment.PaymentRefundStarted,
  PaymentVoided: payment.PaymentVoided,
  PaymentRefunded: payment.PaymentRefunded,
  PaymentRefundFailed: payment.PaymentRefundFailed,
  PaymentNeedsReview: payment.PaymentNeedsReview,
  PaymentReviewResolved: payment.PaymentReviewResolved,
};

export const orderEvents = defineEvents(ORDERS.protoPackage, orderMessages);
export const itemEvents = defineEvents(CATALOG.protoPackage, itemMessages);
export const reservationEvents = defineEvents(CATALOG.protoPackage, reservationMessages);
export const paymentEvents = defineEvents(PAYMENTS.protoPackage, paymentMessages);

export type OrderEvent = EventOf<typeof orderMessages>;
export type ItemEvent = EventOf<typeof itemMessages>;
export type ReservationEvent = EventOf<typeof reservationMessages>;
export type PaymentEvent = EventOf<typeof paymentMessages>;

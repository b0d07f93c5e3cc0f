/** An order's life in samples, for tests. */
import { derivedId } from '../../../platform/ids.ts';
import { CancellationReason, RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type {
  CancelOrder,
  ExpireOrder,
  NoteCallDone,
  NoteItemsReserved,
  NotePaymentFailed,
  NotePaymentNeedsReview,
  NotePaymentProcessed,
  NotePaymentRefunded,
  NotePaymentVoided,
  NoteReserveFailed,
  OrderCommand,
  PlaceOrder,
} from './commands.ts';
import type { OrderEvent } from './events.ts';
import type { Order } from './state.ts';

export const ORDER_ID = derivedId('order/a test/1');
export const PAYMENT_ID = derivedId(`payment/${ORDER_ID}`);
export const context = {
  orderId: ORDER_ID,
  customerId: 'ada',
  mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  sealedPaymentToken: { keyId: 'k1', nonce: Buffer.alloc(12, 1), ciphertext: Buffer.alloc(22, 2) },
  expectedTotal: undefined,
  deadline: new Date('2026-01-02T03:19:05.678Z'),
};
const lines = [{ sku: 'SKU-COFFEE', quantity: 2 }];
const money = (units: bigint) => ({ currencyCode: 'EUR', units, nanos: 800_000_000 });
export const total = money(37n);
const priced = [
  {
    sku: 'SKU-COFFEE',
    name: 'Coffee beans, 1 kg',
    quantity: 2,
    unitPrice: { currencyCode: 'EUR', units: 18n, nanos: 900_000_000 },
    lineTotal: total,
  },
];

export const placeOrder: PlaceOrder = { type: 'PlaceOrder', context, lines };
/** Of whose saga others report. */
export const report = { orderId: ORDER_ID, mode: context.mode };
export const noteItemsReserved: NoteItemsReserved = {
  type: 'NoteItemsReserved',
  ...report,
  lines: priced,
  total,
};
export const noteReserveFailed: NoteReserveFailed = {
  type: 'NoteReserveFailed',
  ...report,
  reason: RejectionReason.REJECTION_REASON_OUT_OF_STOCK,
  message: 'SKU-COFFEE: 1 of 2 free',
};
export const notePaymentProcessed: NotePaymentProcessed = {
  type: 'NotePaymentProcessed',
  ...report,
  paymentId: PAYMENT_ID,
  amount: total,
};
export const notePaymentFailed: NotePaymentFailed = {
  type: 'NotePaymentFailed',
  ...report,
  message: 'the card was declined',
};

export const notePaymentVoided: NotePaymentVoided = { type: 'NotePaymentVoided', ...report };
export const notePaymentRefunded: NotePaymentRefunded = {
  type: 'NotePaymentRefunded',
  ...report,
  paymentId: PAYMENT_ID,
  amount: total,
};
export const notePaymentNeedsReview: NotePaymentNeedsReview = {
  type: 'NotePaymentNeedsReview',
  ...report,
  paymentId: PAYMENT_ID,
  message: 'the provider did not answer for 23 hours',
};
export const noteCallDone: NoteCallDone = { type: 'NoteCallDone', ...report };
export const cancelOrder: CancelOrder = {
  type: 'CancelOrder',
  orderId: ORDER_ID,
  message: 'changed my mind',
};
export const expireOrder: ExpireOrder = { type: 'ExpireOrder', orderId: ORDER_ID };

/** One of each. */
export const commands: { readonly [K in OrderCommand['type']]: Extract<OrderCommand, { type: K }> } = {
  PlaceOrder: placeOrder,
  CancelOrder: cancelOrder,
  ExpireOrder: expireOrder,
  NoteItemsReserved: noteItemsReserved,
  NoteReserveFailed: noteReserveFailed,
  NotePaymentProcessed: notePaymentProcessed,
  NotePaymentFailed: notePaymentFailed,
  NotePaymentVoided: notePaymentVoided,
  NotePaymentRefunded: notePaymentRefunded,
  NotePaymentNeedsReview: notePaymentNeedsReview,
  NoteCallDone: noteCallDone,
};

export const orderCreated: OrderEvent = { type: 'OrderCreated', data: { context, lines } };
export const itemsReserved: OrderEvent = {
  type: 'OrderItemsReserved',
  data: { context, lines: priced, total },
};
export const orderPaid: OrderEvent = {
  type: 'OrderPaid',
  data: { context, paymentId: PAYMENT_ID, amount: total },
};
export const needsReview: OrderEvent = {
  type: 'OrderNeedsReview',
  data: { context, paymentId: PAYMENT_ID, message: notePaymentNeedsReview.message },
};
export const orderCompleted: OrderEvent = { type: 'OrderCompleted', data: { context, total } };
export const orderRejected: OrderEvent = {
  type: 'OrderRejected',
  data: { context, reason: noteReserveFailed.reason, message: noteReserveFailed.message },
};
export const cancelledAsDeclined: OrderEvent = {
  type: 'OrderCancelled',
  data: {
    context,
    reason: CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED,
    message: notePaymentFailed.message,
    refunded: undefined,
  },
};
export const byCustomer = {
  context,
  reason: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST,
  message: cancelOrder.message,
};
export const cancellationRequested: OrderEvent = { type: 'OrderCancellationRequested', data: byCustomer };
export const cancelledByCustomer: OrderEvent = {
  type: 'OrderCancelled',
  data: { ...byCustomer, refunded: undefined },
};
export const cancelledAndRefunded: OrderEvent = {
  type: 'OrderCancelled',
  data: { ...byCustomer, refunded: total },
};
export const orderRefunded: OrderEvent = {
  type: 'OrderRefunded',
  data: { ...byCustomer, paymentId: PAYMENT_ID, amount: total },
};
const byPayment = {
  context,
  reason: CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED,
  message: 'its payment was cancelled by itself, not with the order',
};
export const cancelledByPayment: OrderEvent = {
  type: 'OrderCancelled',
  data: { ...byPayment, refunded: undefined },
};
export const cancelledAndRefundedByPayment: OrderEvent = {
  type: 'OrderCancelled',
  data: { ...byPayment, refunded: total },
};
export const refundedByPayment: OrderEvent = {
  type: 'OrderRefunded',
  data: { ...byPayment, paymentId: PAYMENT_ID, amount: total },
};
export const timedOut: OrderEvent = {
  type: 'OrderCancellationRequested',
  data: {
    context,
    reason: CancellationReason.CANCELLATION_REASON_TIMED_OUT,
    message: 'it could not end within its deadline',
  },
};
export const capturedAfter = (end: 'rejected' | 'cancelled'): OrderEvent => ({
  type: 'OrderCancellationRequested',
  data: {
    context,
    reason: CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END,
    message: `payment ${PAYMENT_ID} was captured after the order was ${end}: it is given back`,
  },
});
export const otherTotal = money(1n);

const reserved = [orderCreated, itemsReserved];
const completed = [...reserved, orderPaid, orderCompleted];
/** Histories that lead to each status; several where what follows depends on more than the status. */
export const histories: Readonly<Record<Order['status'], readonly (readonly OrderEvent[])[]>> = {
  none: [[]],
  pending: [[orderCreated]],
  reserved: [reserved],
  paid: [[orderCreated, orderPaid]],
  needsReview: [
    [...reserved, needsReview],
    [orderCreated, needsReview],
  ],
  cancelling: [
    [...reserved, cancellationRequested],
    [...reserved, cancellationRequested, needsReview],
  ],
  completed: [completed, [...completed, cancellationRequested]],
  rejected: [
    [orderCreated, orderRejected],
    [orderCreated, orderRejected, capturedAfter('rejected')],
  ],
  cancelled: [
    [...reserved, cancelledAsDeclined],
    [...reserved, cancellationRequested, cancelledAndRefunded],
    [...reserved, cancelledAsDeclined, capturedAfter('cancelled')],
  ],
  refunded: [[...completed, cancellationRequested, orderRefunded]],
};

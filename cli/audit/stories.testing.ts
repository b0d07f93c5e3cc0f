/** Histories of one order in samples: events in the order in which they happened, each caused by an earlier one. */
import type { AnyEvent, EventCodec, StoredEvent } from '../../platform/events.ts';
import { derivedId, eventIdOf, partitionOf } from '../../platform/ids.ts';
import { moneyOf } from '../../platform/money.ts';
import { CancellationReason, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import {
  type OrderEvent,
  orderEvents,
  type PaymentEvent,
  paymentEvents,
  type ReservationEvent,
  reservationEvents,
} from './events.ts';
import { ORCHESTRATION } from './lifecycle.ts';
import { type OrderHistory, paymentIdOf, reservationStreamOf } from './story.ts';

export const ORDER_ID = derivedId('order/a test/1');
export const PAYMENT_ID = paymentIdOf(ORDER_ID);
export const CLOCK_START = new Date('2026-01-02T03:04:05.000Z');
const DEADLINE_MS = 900_000;
export const DEADLINE = new Date(CLOCK_START.getTime() + DEADLINE_MS);

const context = {
  orderId: ORDER_ID,
  customerId: 'ada',
  mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  sealedPaymentToken: undefined,
  expectedTotal: undefined,
  deadline: DEADLINE,
};
export const euro = (minor: bigint) => moneyOf({ currency: 'EUR', minor });
const total = euro(3780n);
const paymentId = PAYMENT_ID;
const lines = [{ sku: 'SKU-COFFEE', name: 'Coffee', quantity: 2, unitPrice: euro(1890n), lineTotal: total }];
const held = { context, lines: [{ sku: 'SKU-COFFEE', quantity: 2n }] };
const charge = { context, paymentId, amount: total };
const byCustomer = {
  context,
  reason: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST,
  message: '',
};

/** Every event of a history, by type. */
export const sample = {
  OrderCreated: { context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
  OrderItemsReserved: { context, lines, total },
  OrderPaid: charge,
  OrderNeedsReview: { context, paymentId, message: '' },
  OrderCompleted: { context, total },
  OrderRejected: { context, reason: RejectionReason.REJECTION_REASON_OUT_OF_STOCK, message: '' },
  OrderCancellationRequested: byCustomer,
  OrderCancelled: { ...byCustomer, refunded: undefined },
  OrderRefunded: { ...byCustomer, paymentId, amount: total },
  ReserveItemsRequested: { context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
  ChargeRequested: { context, amount: total },
  ConfirmRequested: { context },
  ReleaseRequested: { context },
  ReturnRequested: { context },
  CancelPaymentRequested: byCustomer,
  ItemsReserved: { context, lines, total },
  ReserveFailed: { context, reason: 1, message: '', shortages: [], total: undefined },
  ReservationReleased: held,
  ReservationConfirmed: held,
  ReservationReturned: held,
  PaymentStarted: charge,
  PaymentProcessed: { ...charge, providerReference: 'ch_1' },
  PaymentFailed: { ...charge, declineCode: 'card_declined', message: '' },
  PaymentCancellationRequested: { context, paymentId, message: '' },
  PaymentRefundStarted: { ...charge, providerReference: 'ch_1', attempt: 1, message: '' },
  PaymentVoided: { context, paymentId },
  PaymentRefunded: { ...charge, providerReference: 're_1' },
  PaymentRefundFailed: { ...charge, attempt: 1, message: '' },
  PaymentNeedsReview: { ...charge, message: '' },
  PaymentReviewResolved: {
    context,
    paymentId,
    resolution: ReviewResolution.REVIEW_RESOLUTION_CAPTURED,
    evidence: '',
    operatorId: '',
  },
};

export type EventType = keyof typeof sample;
/** An event of the sample, or one that differs from it; `cause` false: none, else another than the event before it. */
export type Step =
  | EventType
  | { readonly type: EventType; readonly data?: object; readonly cause?: StoredEvent['cause'] | false };

function chapterOf(type: EventType): 'order' | 'reservation' | 'payment' {
  if (type.startsWith('Order') || ORCHESTRATION.has(type)) return 'order';
  return type.startsWith('Payment') ? 'payment' : 'reservation';
}

/** Whose story it is, and when it began. */
export interface Hero {
  readonly orderId: string;
  readonly mode: SagaMode;
  readonly startedAt: Date;
}

const ada: Hero = { orderId: ORDER_ID, mode: SagaMode.SAGA_MODE_CHOREOGRAPHY, startedAt: CLOCK_START };

/** Steps as they happened, one a second, each caused by the step before it. */
export const historyOf = (...steps: readonly Step[]): OrderHistory => historyFor(ada, ...steps);

export function historyFor({ orderId, mode, startedAt }: Hero, ...steps: readonly Step[]): OrderHistory {
  const services = {
    order: { stream: 'ORDERS', streamId: orderId, codec: orderEvents },
    reservation: { stream: 'CATALOG', streamId: reservationStreamOf(orderId), codec: reservationEvents },
    payment: { stream: 'PAYMENTS', streamId: paymentIdOf(orderId), codec: paymentEvents },
  } as const;
  const own = {
    context: { ...context, orderId, mode, deadline: new Date(startedAt.getTime() + DEADLINE_MS) },
    paymentId: paymentIdOf(orderId),
  };
  const history: Record<keyof typeof services, StoredEvent[]> = { order: [], reservation: [], payment: [] };
  let before: StoredEvent['cause'];
  steps.forEach((step, index) => {
    const { type, data = {}, cause = before } = typeof step === 'string' ? { type: step } : step;
    const chapter = chapterOf(type);
    const { stream, streamId } = services[chapter];
    const codec = services[chapter].codec as EventCodec<OrderEvent | ReservationEvent | PaymentEvent>;
    const event = { type, data: { ...sample[type], ...own, ...data } } as AnyEvent as OrderEvent;
    const version = history[chapter].length + 1;
    const service = chapter === 'reservation' ? 'catalog' : chapter;
    const eventId = eventIdOf(service, streamId, version);
    history[chapter].push({
      streamId,
      version,
      eventId,
      type: codec.fullName(type as OrderEvent['type']),
      partition: partitionOf(orderId),
      time: new Date(startedAt.getTime() + index * 1_000),
      cause: cause || undefined,
      traceparent: undefined,
      payload: codec.encode(event),
    });
    before = { stream, eventId };
  });
  return { orderId, ...history };
}

export const COMPLETED: readonly EventType[] = [
  'OrderCreated',
  'ItemsReserved',
  'OrderItemsReserved',
  'PaymentStarted',
  'PaymentProcessed',
  'OrderPaid',
  'OrderCompleted',
  'ReservationConfirmed',
];

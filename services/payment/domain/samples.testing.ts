/** A payment's life in samples, for tests. */
import { derivedId } from '../../../platform/ids.ts';
import { moneyOf } from '../../../platform/money.ts';
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import {
  type CancelPayment,
  paymentIdOf,
  type RecordCaptured,
  type RecordDeclined,
  type RecordRefunded,
  type RecordRefundRefused,
  type RecordReviewNeeded,
  type Refund,
  type ResolveReview,
  type StartCharge,
} from './commands.ts';
import type { PaymentEvent } from './events.ts';

export const ORDER_ID = derivedId('order/a test/1');
export const PAYMENT_ID = paymentIdOf(ORDER_ID);
export const context = {
  orderId: ORDER_ID,
  customerId: 'ada',
  mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  sealedPaymentToken: { keyId: 'k1', nonce: Buffer.alloc(12, 1), ciphertext: Buffer.alloc(22, 2) },
  expectedTotal: undefined,
  deadline: new Date('2026-01-02T03:19:05.678Z'),
};
/** Of what is asked for by rpc. */
export const directContext = { ...context, mode: SagaMode.SAGA_MODE_DIRECT };
export const amount = { currency: 'EUR', minor: 3780n };
const facts = { context, paymentId: PAYMENT_ID };
const charge = { ...facts, amount: moneyOf(amount) };
const orderId = ORDER_ID;

export const startCharge: StartCharge = { type: 'StartCharge', context, amount };
export const recordCaptured: RecordCaptured = { type: 'RecordCaptured', orderId, providerReference: 'ch_1' };
export const recordDeclined: RecordDeclined = {
  type: 'RecordDeclined',
  orderId,
  declineCode: 'card_declined',
  message: 'the card was declined',
};
export const cancelPayment: CancelPayment = { type: 'CancelPayment', context, message: 'changed my mind' };
export const refund: Refund = { type: 'Refund', orderId, message: 'changed my mind' };
export const recordRefunded: RecordRefunded = {
  type: 'RecordRefunded',
  orderId,
  attempt: 1,
  refundReference: 're_1',
};
export const recordRefundRefused: RecordRefundRefused = {
  type: 'RecordRefundRefused',
  orderId,
  attempt: 1,
  message: 'try later',
};
export const recordReviewNeeded: RecordReviewNeeded = {
  type: 'RecordReviewNeeded',
  orderId,
  message: 'no answer for a day',
};
export const resolveReview = (
  resolution: ReviewResolution = ReviewResolution.REVIEW_RESOLUTION_CAPTURED,
): ResolveReview => ({
  type: 'ResolveReview',
  orderId,
  resolution,
  providerReference: 'ch_1',
  evidence: 'the statement of 2026-01-02',
  operatorId: 'grace',
});

export const started: PaymentEvent = { type: 'PaymentStarted', data: charge };
export const processed: PaymentEvent = {
  type: 'PaymentProcessed',
  data: { ...charge, providerReference: 'ch_1' },
};
export const failed: PaymentEvent = {
  type: 'PaymentFailed',
  data: { ...charge, declineCode: 'card_declined', message: 'the card was declined' },
};
export const cancellationRequested: PaymentEvent = {
  type: 'PaymentCancellationRequested',
  data: { ...facts, message: 'changed my mind' },
};
export const voided: PaymentEvent = { type: 'PaymentVoided', data: facts };
export const refundStarted = (attempt = 1): PaymentEvent => ({
  type: 'PaymentRefundStarted',
  data: { ...charge, providerReference: 'ch_1', attempt, message: 'changed my mind' },
});
export const refundFailed: PaymentEvent = {
  type: 'PaymentRefundFailed',
  data: { ...charge, attempt: 1, message: 'try later' },
};
export const refunded: PaymentEvent = {
  type: 'PaymentRefunded',
  data: { ...charge, providerReference: 're_1' },
};
export const needsReview: PaymentEvent = {
  type: 'PaymentNeedsReview',
  data: { ...charge, message: 'no answer for a day' },
};
export const reviewResolved = (resolution: ReviewResolution): PaymentEvent => ({
  type: 'PaymentReviewResolved',
  data: { ...facts, resolution, evidence: 'the statement of 2026-01-02', operatorId: 'grace' },
});

/** The same, of a payment that was made by rpc. */
export const byRpc = (event: PaymentEvent): PaymentEvent =>
  ({ ...event, data: { ...event.data, context: directContext } }) as PaymentEvent;

/** A history for each status, and for each thing that a row must remember. */
export const HISTORIES: readonly (readonly PaymentEvent[])[] = [
  [started],
  [started, cancellationRequested],
  [started, processed],
  [started, failed],
  [voided],
  [started, voided],
  [started, processed, refundStarted()],
  [started, processed, refundStarted(), refundFailed, refundStarted(2)],
  [started, processed, refundStarted(), refunded],
  [started, needsReview],
  [started, needsReview, cancellationRequested],
];

/** A payment's life in samples, for tests. */
import { derivedId } from '../../../platform/ids.ts';
import { moneyOf } from '../../../platform/money.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { paymentIdOf, type RecordCaptured, type RecordDeclined, type StartCharge } from './commands.ts';
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
export const amount = { currency: 'EUR', minor: 3780n };
const facts = { context, paymentId: PAYMENT_ID };
const charge = { ...facts, amount: moneyOf(amount) };

export const startCharge: StartCharge = { type: 'StartCharge', context, amount };
export const recordCaptured: RecordCaptured = {
  type: 'RecordCaptured',
  orderId: ORDER_ID,
  providerReference: 'ch_1',
};
export const recordDeclined: RecordDeclined = {
  type: 'RecordDeclined',
  orderId: ORDER_ID,
  declineCode: 'card_declined',
  message: 'the card was declined',
};

export const started: PaymentEvent = { type: 'PaymentStarted', data: charge };
export const processed: PaymentEvent = {
  type: 'PaymentProcessed',
  data: { ...charge, providerReference: 'ch_1' },
};
export const failed: PaymentEvent = {
  type: 'PaymentFailed',
  data: { ...charge, declineCode: 'card_declined', message: 'the card was declined' },
};
export const voided: PaymentEvent = { type: 'PaymentVoided', data: facts };
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

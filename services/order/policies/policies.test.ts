import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ItemsReserved, ReserveFailed } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import { ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import {
  PaymentFailed,
  PaymentNeedsReview,
  PaymentProcessed,
  PaymentRefunded,
  PaymentVoided,
} from '../../../proto/gen/orderlog/payment/v1/events.ts';
import { type SagaContext, SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import {
  context,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  noteReserveFailed,
  PAYMENT_ID,
  total,
} from '../domain/samples.testing.ts';
import { onItemsReserved } from './onItemsReserved.ts';
import { onPaymentFailed } from './onPaymentFailed.ts';
import { onPaymentNeedsReview } from './onPaymentNeedsReview.ts';
import { onPaymentProcessed } from './onPaymentProcessed.ts';
import { onPaymentRefunded } from './onPaymentRefunded.ts';
import { onPaymentVoided } from './onPaymentVoided.ts';
import { onReserveFailed } from './onReserveFailed.ts';

const reserved = (more: Partial<ItemsReserved> = {}) =>
  ItemsReserved.fromPartial({ context, lines: [...noteItemsReserved.lines], total, ...more });
const failed = (reason: ReserveFailureReason) =>
  ReserveFailed.fromPartial({ context, reason, message: noteReserveFailed.message });

describe("Order's policies", () => {
  it('turn what Catalog reports into what Order notes', () => {
    assert.deepEqual(onItemsReserved(reserved()), noteItemsReserved);
    const reason = ReserveFailureReason.RESERVE_FAILURE_REASON_OUT_OF_STOCK;
    assert.deepEqual(onReserveFailed(failed(reason)), noteReserveFailed);
  });

  it('know every reason of Catalog, and take a newer one for a failure all the same', () => {
    const known = [1, 2, 3, 4, 5] as ReserveFailureReason[];
    assert.deepEqual(
      known.map((reason) => onReserveFailed(failed(reason))?.reason),
      [1, 2, 3, 4, 5],
    );
    assert.equal(
      onReserveFailed(failed(99 as ReserveFailureReason))?.reason,
      RejectionReason.REJECTION_REASON_UNSPECIFIED,
    );
  });

  it('turn what Payment reports into what Order notes', () => {
    const payment = { context, paymentId: PAYMENT_ID, amount: total };
    assert.deepEqual(onPaymentProcessed(PaymentProcessed.fromPartial(payment)), notePaymentProcessed);
    const { message } = notePaymentFailed;
    assert.deepEqual(onPaymentFailed(PaymentFailed.fromPartial({ ...payment, message })), notePaymentFailed);
    assert.deepEqual(
      onPaymentVoided(PaymentVoided.fromPartial({ context, paymentId: PAYMENT_ID })),
      notePaymentVoided,
    );
    assert.deepEqual(onPaymentRefunded(PaymentRefunded.fromPartial(payment)), notePaymentRefunded);
    const review = { ...payment, message: notePaymentNeedsReview.message };
    assert.deepEqual(onPaymentNeedsReview(PaymentNeedsReview.fromPartial(review)), notePaymentNeedsReview);
  });

  it('hear of sagas of every mode, and say of which', () => {
    for (const mode of [SagaMode.SAGA_MODE_ORCHESTRATION, SagaMode.SAGA_MODE_DIRECT]) {
      const other: SagaContext = { ...context, mode };
      assert.deepEqual(onItemsReserved(reserved({ context: other })), { ...noteItemsReserved, mode });
      const voided = PaymentVoided.fromPartial({ context: other });
      assert.deepEqual(onPaymentVoided(voided), { ...notePaymentVoided, mode });
    }
  });

  it('leave sagas of modes that they do not know alone', () => {
    for (const mode of [0, 99]) {
      const other: SagaContext = { ...context, mode: mode as SagaMode };
      assert.equal(onItemsReserved(reserved({ context: other })), undefined);
      assert.equal(onPaymentFailed(PaymentFailed.fromPartial({ context: other })), undefined);
      assert.equal(onPaymentVoided(PaymentVoided.fromPartial({ context: other })), undefined);
      assert.equal(onPaymentRefunded(PaymentRefunded.fromPartial({ context: other })), undefined);
      assert.equal(onPaymentNeedsReview(PaymentNeedsReview.fromPartial({ context: other })), undefined);
    }
  });

  it('refuse an event that lacks what every event of its kind has', () => {
    assert.throws(() => onItemsReserved(reserved({ context: undefined })), /lacks context/);
    assert.throws(() => onItemsReserved(reserved({ total: undefined })), /lacks total/);
    assert.throws(() => onPaymentProcessed(PaymentProcessed.fromPartial({ context })), /lacks amount/);
    assert.throws(() => onPaymentRefunded(PaymentRefunded.fromPartial({ context })), /lacks amount/);
  });
});

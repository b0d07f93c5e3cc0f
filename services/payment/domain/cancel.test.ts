import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { paymentDecider } from './decide.ts';
import type { PaymentEvent } from './events.ts';
import {
  byRpc,
  cancellationRequested,
  cancelPayment,
  directContext,
  failed,
  needsReview,
  processed,
  recordCaptured,
  recordDeclined,
  recordRefunded,
  recordRefundRefused,
  recordReviewNeeded,
  refund,
  refunded,
  refundFailed,
  refundStarted,
  resolveReview,
  reviewResolved,
  startCharge,
  started,
  voided,
} from './samples.testing.ts';
import { initialCase } from './state.ts';

const given = specificationOf(paymentDecider, initialCase);
/** A charge that a worker has begun. */
const { payment } = foldEvents(paymentDecider, initialCase, [started]);
const givenBegun = specificationOf(paymentDecider, { payment, isChargeUntouched: false });

const CAPTURED = ReviewResolution.REVIEW_RESOLUTION_CAPTURED;
const NOT_CHARGED = ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED;
const REFUNDED_ELSEWHERE = ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE;

describe('cancelling a payment', () => {
  it('leaves a tombstone where there is none yet', () => given().when(cancelPayment).then(voided));

  it('voids a charge that nobody has begun', () => given(started).when(cancelPayment).then(voided));

  it('waits for the answer to a charge that was begun, and then keeps no money', () => {
    givenBegun().when(cancelPayment).then(cancellationRequested);
    givenBegun(cancellationRequested).when(recordDeclined).then(voided);
    givenBegun(cancellationRequested).when(recordCaptured).then(processed, refundStarted());
  });

  it('gives back what was captured', () =>
    given(started, processed).when(cancelPayment).then(refundStarted()));

  it('changes nothing where it is under way, or the payment has ended', () => {
    for (const history of [
      [started, cancellationRequested],
      [started, processed, refundStarted()],
      [started, processed, refundStarted(), refunded],
      [started, failed],
      [started, voided],
      [voided],
      [started, needsReview, cancellationRequested],
    ]) {
      given(...history)
        .when(cancelPayment)
        .thenNothing();
    }
  });

  it('tells a tombstone that was set by rpc once to the saga that meets it', () => {
    const cancelByRpc = { ...cancelPayment, context: directContext };
    const tombstone = byRpc(voided);
    given().when(cancelByRpc).then(tombstone);
    given(tombstone).when(cancelByRpc).thenNothing();
    for (const command of [cancelPayment, startCharge]) {
      given(tombstone).when(command).then(voided);
      given(tombstone, voided).when(command).thenNothing();
    }
    given(tombstone, voided).when(cancelByRpc).thenNothing();
  });
});

describe('a refund', () => {
  it('gives a captured payment back, once', () => {
    given(started, processed).when(refund).then(refundStarted());
    given(started, processed, refundStarted()).when(refund).thenNothing();
    given(started, processed, refundStarted()).when(recordRefunded).then(refunded);
    given(started, processed, refundStarted(), refunded).when(refund).thenNothing();
    given(started, processed, refundStarted(), refunded).when(recordRefunded).thenNothing();
  });

  it('is refused where nothing was captured, or it is not known', () => {
    given().when(refund).thenRefused('NOT_FOUND', 'PAYMENT_UNKNOWN');
    for (const history of [
      [started],
      [started, cancellationRequested],
      [started, failed],
      [voided],
      [started, needsReview],
    ]) {
      given(...history)
        .when(refund)
        .thenRefused('FAILED_PRECONDITION', 'PAYMENT_NOT_CAPTURED');
    }
  });

  it('is tried again after a definite refusal, which counts once', () => {
    const asked = [started, processed, refundStarted()];
    given(...asked)
      .when(recordRefundRefused)
      .then(refundFailed, refundStarted(2));
    const again = [...asked, refundFailed, refundStarted(2)];
    given(...again)
      .when(recordRefundRefused)
      .thenNothing();
    given(...again)
      .when({ ...recordRefunded, attempt: 2 })
      .then(refunded);
    given(...again, refunded)
      .when(recordRefundRefused)
      .thenNothing();
  });

  it('never passes over an answer that does not fit', () => {
    for (const command of [recordRefunded, recordRefundRefused]) {
      given(started, processed).when(command).thenRefused('FAILED_PRECONDITION', 'LATE_OUTCOME');
    }
    given(started, processed, refundStarted(), refundFailed, refundStarted(2))
      .when(recordRefunded)
      .thenRefused('FAILED_PRECONDITION', 'LATE_OUTCOME');
  });
});

describe('a review', () => {
  it('is asked for while the outcome is unknown, once', () => {
    given(started).when(recordReviewNeeded).then(needsReview);
    given(started, cancellationRequested).when(recordReviewNeeded).then(needsReview);
    for (const history of [[started, needsReview], [started, processed], [started, failed], [voided]]) {
      given(...history)
        .when(recordReviewNeeded)
        .thenNothing();
    }
  });

  it('ends with what the operator found out', () => {
    const when = (resolution: ReviewResolution) =>
      given(started, needsReview).when(resolveReview(resolution));
    when(CAPTURED).then(reviewResolved(CAPTURED), processed);
    when(NOT_CHARGED).then(reviewResolved(NOT_CHARGED), {
      type: 'PaymentFailed',
      data: {
        ...failed.data,
        declineCode: 'not_charged',
        message: 'an operator found that nothing was charged',
      },
    } as PaymentEvent);
    when(REFUNDED_ELSEWHERE).then(reviewResolved(REFUNDED_ELSEWHERE), {
      type: 'PaymentRefunded',
      data: { ...refunded.data, providerReference: '' },
    } as PaymentEvent);
  });

  it('keeps no money if a cancellation waits, whichever came first', () => {
    given(started, needsReview).when(cancelPayment).then(cancellationRequested);
    for (const history of [
      [started, needsReview, cancellationRequested],
      [started, cancellationRequested, needsReview],
    ]) {
      const when = (resolution: ReviewResolution) => given(...history).when(resolveReview(resolution));
      when(CAPTURED).then(reviewResolved(CAPTURED), processed, refundStarted());
      when(NOT_CHARGED).then(reviewResolved(NOT_CHARGED), voided);
    }
  });

  it('is not for payments that need none, nor for words that are not known', () => {
    for (const history of [[started], [started, processed], [voided]]) {
      given(...history)
        .when(resolveReview())
        .thenRefused('FAILED_PRECONDITION', 'PAYMENT_NOT_IN_REVIEW');
    }
    given(started, needsReview)
      .when(resolveReview(99 as ReviewResolution))
      .thenRefused('INVALID_ARGUMENT', 'RESOLUTION_UNKNOWN');
  });
});

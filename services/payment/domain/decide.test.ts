import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW, specificationOf } from '../../../platform/deciderTesting.ts';
import { paymentDecider } from './decide.ts';
import type { PaymentEvent } from './events.ts';
import {
  cancellationRequested,
  cancelPayment,
  failed,
  needsReview,
  processed,
  recordCaptured,
  recordDeclined,
  recordRefunded,
  refunded,
  refundFailed,
  refundStarted,
  resolveReview,
  startCharge,
  started,
  voided,
} from './samples.testing.ts';
import { initialCase } from './state.ts';

const given = specificationOf(paymentDecider, initialCase);
const LATE = ['FAILED_PRECONDITION', 'LATE_OUTCOME'] as const;

describe('a charge', () => {
  it('starts once: a second one gets the first outcome', () => {
    given().when(startCharge).then(started);
    const more = { ...startCharge, amount: { currency: 'EUR', minor: 1n } };
    for (const history of [
      [started],
      [started, processed],
      [started, failed],
      [started, cancellationRequested],
      [started, processed, refundStarted()],
      [voided],
      [started, needsReview],
    ]) {
      given(...history)
        .when(more)
        .thenNothing();
    }
  });

  it('ends by the definite answer of the provider', () => {
    given(started).when(recordCaptured).then(processed);
    given(started).when(recordDeclined).then(failed);
  });

  it('takes a repeated answer for what it is', () => {
    given(started, processed).when(recordCaptured).thenNothing();
    given(started, processed, refundStarted(), refundFailed).when(recordCaptured).thenNothing();
    given(started, processed, refundStarted(), refunded).when(recordCaptured).thenNothing();
    given(started, failed).when(recordDeclined).thenNothing();
    given(voided).when(recordDeclined).thenNothing();
  });

  it('never passes over an answer that does not fit what is final', () => {
    for (const history of [[started, failed], [voided], [started, needsReview]]) {
      given(...history)
        .when(recordCaptured)
        .thenRefused(...LATE);
    }
    for (const history of [
      [started, processed],
      [started, processed, refundStarted()],
      [started, processed, refundStarted(), refunded],
      [started, needsReview],
    ]) {
      given(...history)
        .when(recordDeclined)
        .thenRefused(...LATE);
    }
    given(started, processed)
      .when({ ...recordCaptured, providerReference: 'ch_2' })
      .thenRefused(...LATE);
  });

  it('has no answer before it was asked for', () => {
    for (const command of [recordCaptured, recordDeclined, recordRefunded, resolveReview()]) {
      given().when(command).thenRefused('NOT_FOUND', 'PAYMENT_UNKNOWN');
    }
  });

  it('is left alone where a newer version has written it', () => {
    const unreadable = specificationOf(paymentDecider, {
      payment: { status: 'unreadable' },
      isChargeUntouched: false,
    });
    for (const command of [startCharge, recordCaptured, recordDeclined, cancelPayment]) {
      unreadable().when(command).thenRefused('UNAVAILABLE', 'HISTORY_UNREADABLE');
    }
  });
});

describe("a payment's history", () => {
  const stateAfter = (...events: PaymentEvent[]) => foldEvents(paymentDecider, initialCase, events).payment;

  it('tells its status at every moment', () => {
    const statuses = [
      stateAfter(started),
      stateAfter(started, cancellationRequested),
      stateAfter(started, processed),
      stateAfter(started, failed),
      stateAfter(voided),
      stateAfter(started, voided),
      stateAfter(started, processed, refundStarted()),
      stateAfter(started, processed, refundStarted(), refundFailed, refundStarted(2)),
      stateAfter(started, processed, refundStarted(), refunded),
      stateAfter(started, needsReview),
      stateAfter(started, cancellationRequested, needsReview),
      stateAfter(started, needsReview, cancellationRequested),
    ].map(({ status }) => status);
    assert.deepEqual(
      statuses.join(' '),
      'started cancelling captured declined voided voided refunding refunding refunded needsReview needsReview needsReview',
    );
  });

  it("keeps the charge's reference beside the refund's", () => {
    const state = stateAfter(started, processed, refundStarted(), refunded);
    assert.ok(state.status === 'refunded');
    assert.deepEqual([state.providerReference, state.refundReference], ['ch_1', 're_1']);
    assert.deepEqual(state.createdAt, NOW);
  });
});

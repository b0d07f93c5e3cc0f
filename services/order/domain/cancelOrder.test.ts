import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { orderDecider } from './decide.ts';
import type { OrderEvent } from './events.ts';
import {
  cancellationRequested,
  cancelledAndRefunded,
  cancelledAndRefundedByPayment,
  cancelledAsDeclined,
  cancelledByCustomer,
  cancelledByPayment,
  cancelOrder,
  expireOrder,
  itemsReserved,
  needsReview,
  noteItemsReserved,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  orderCompleted,
  orderCreated,
  orderPaid,
  orderRefunded,
  orderRejected,
  refundedByPayment,
  timedOut,
} from './samples.testing.ts';
import { initialOrder } from './state.ts';

const given = specificationOf(orderDecider, initialOrder);
const CONTRADICTION = ['FAILED_PRECONDITION', 'CONTRADICTORY_REPORT'] as const;

const pending = [orderCreated];
const reserved = [orderCreated, itemsReserved];
const paid = [orderCreated, orderPaid];
const inReview = [...reserved, needsReview];
const cancelling = [...reserved, cancellationRequested];
const completed = [...reserved, orderPaid, orderCompleted];
const refunding = [...completed, cancellationRequested];
const statusOf = (events: readonly OrderEvent[]) => foldEvents(orderDecider, initialOrder, events).status;

describe('CancelOrder', () => {
  it('asks Payment for the end of an order that is under way', () => {
    for (const history of [pending, reserved, paid, inReview]) {
      given(...history)
        .when(cancelOrder)
        .then(cancellationRequested);
      assert.equal(statusOf([...history, cancellationRequested]), 'cancelling');
    }
  });

  it('asks for the money of a completed order, which stays completed until it is back', () => {
    given(...completed)
      .when(cancelOrder)
      .then(cancellationRequested);
    assert.equal(statusOf(refunding), 'completed');
    given(...refunding)
      .when(notePaymentRefunded)
      .then(orderRefunded);
    assert.equal(statusOf([...refunding, orderRefunded]), 'refunded');
  });

  it('counts once', () => {
    for (const history of [cancelling, refunding, [...pending, timedOut]]) {
      given(...history)
        .when({ ...cancelOrder, message: 'again' })
        .thenNothing();
    }
  });

  it('is refused where there is nothing left to undo', () => {
    given(orderCreated, orderRejected).when(cancelOrder).thenRefused('FAILED_PRECONDITION', 'ORDER_REJECTED');
    for (const end of [cancelledAsDeclined, cancelledAndRefunded]) {
      given(...reserved, end)
        .when(cancelOrder)
        .thenRefused('FAILED_PRECONDITION', 'ORDER_CANCELLED');
    }
    given(...refunding, orderRefunded)
      .when(cancelOrder)
      .thenRefused('FAILED_PRECONDITION', 'ORDER_REFUNDED');
  });
});

describe("an order's deadline", () => {
  it('asks for the end of what is not paid', () => {
    for (const history of [pending, reserved]) {
      given(...history)
        .when(expireOrder)
        .then(timedOut);
    }
  });

  it('undoes no sale, and hurries nobody', () => {
    const ends = [
      [...pending, orderRejected],
      [...reserved, cancelledAsDeclined],
      [...refunding, orderRefunded],
    ];
    for (const history of [paid, inReview, cancelling, completed, refunding, ...ends]) {
      given(...history)
        .when(expireOrder)
        .thenNothing();
    }
  });
});

describe('an order that is being cancelled', () => {
  it("ends with Payment's answer, for the reason it was asked for", () => {
    given(...cancelling)
      .when(notePaymentVoided)
      .then(cancelledByCustomer);
    given(...cancelling)
      .when(notePaymentRefunded)
      .then(cancelledAndRefunded);
  });

  it('waits for it, whatever else comes', () => {
    given(...cancelling)
      .when(notePaymentProcessed)
      .thenNothing();
    given(...pending, cancellationRequested)
      .when(noteItemsReserved)
      .thenNothing();
  });

  it('takes repeats of the answer for what they are', () => {
    for (const end of [cancelledByCustomer, cancelledAndRefunded]) {
      for (const command of [notePaymentVoided, notePaymentRefunded]) {
        given(...cancelling, end)
          .when(command)
          .thenNothing();
      }
    }
    given(...refunding, orderRefunded)
      .when(notePaymentRefunded)
      .thenNothing();
  });
});

describe('an order whose payment is cancelled at Payment', () => {
  it('ends, although nobody asked the order', () => {
    for (const history of [pending, reserved, inReview]) {
      given(...history)
        .when(notePaymentVoided)
        .then(cancelledByPayment);
    }
    for (const history of [pending, reserved, paid, inReview]) {
      given(...history)
        .when(notePaymentRefunded)
        .then(cancelledAndRefundedByPayment);
    }
    given(...completed)
      .when(notePaymentRefunded)
      .then(refundedByPayment);
  });

  it('keeps the end it has', () => {
    given(...pending, orderRejected)
      .when(notePaymentVoided)
      .thenNothing();
    given(...reserved, cancelledAsDeclined)
      .when(notePaymentVoided)
      .thenNothing();
  });

  it('cannot have been paid where it was voided', () => {
    for (const history of [paid, completed, refunding, [...refunding, orderRefunded]]) {
      given(...history)
        .when(notePaymentVoided)
        .thenRefused(...CONTRADICTION);
    }
  });
});

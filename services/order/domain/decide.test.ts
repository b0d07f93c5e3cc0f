import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { orderDecider } from './decide.ts';
import { evolveUnknown } from './evolve.ts';
import {
  cancellationRequested,
  cancelledAndRefunded,
  cancelledAndRefundedByPayment,
  cancelledAsDeclined,
  cancelledByCustomer,
  cancelledByPayment,
  capturedAfter,
  commands,
  context,
  itemsReserved,
  needsReview,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  noteReserveFailed,
  orderCompleted,
  orderCreated,
  orderPaid,
  orderRefunded,
  orderRejected,
  otherTotal,
  placeOrder,
} from './samples.testing.ts';
import { initialOrder } from './state.ts';

const given = specificationOf(orderDecider, initialOrder);
const CONTRADICTION = ['FAILED_PRECONDITION', 'CONTRADICTORY_REPORT'] as const;

describe('PlaceOrder', () => {
  it('begins an order', () => given().when(placeOrder).then(orderCreated));

  it('is the same order when it is repeated, although the token is sealed anew and time has passed', () => {
    const again = {
      ...context,
      sealedPaymentToken: { ...context.sealedPaymentToken, nonce: Buffer.alloc(12, 9) },
      deadline: new Date('2026-01-02T03:30:00.000Z'),
    };
    given(orderCreated)
      .when({ ...placeOrder, context: again })
      .thenNothing();
    given(orderCreated, itemsReserved, orderPaid, orderCompleted).when(placeOrder).thenNothing();
  });

  it('refuses another order under the same id', () => {
    given(orderCreated)
      .when({ ...placeOrder, lines: [{ sku: 'SKU-COFFEE', quantity: 3 }] })
      .thenRefused('INVALID_ARGUMENT', 'REQUEST_ID_REUSED');
    given(orderCreated)
      .when({ ...placeOrder, context: { ...context, customerId: 'bob' } })
      .thenRefused('INVALID_ARGUMENT', 'REQUEST_ID_REUSED');
  });
});

describe('an order that is reserved and paid', () => {
  it('completes, in either order of the news', () => {
    given(orderCreated).when(noteItemsReserved).then(itemsReserved);
    given(orderCreated, itemsReserved).when(notePaymentProcessed).then(orderPaid, orderCompleted);
    given(orderCreated).when(notePaymentProcessed).then(orderPaid);
    given(orderCreated, orderPaid).when(noteItemsReserved).then(itemsReserved, orderCompleted);
  });

  it('takes repeats for what they are', () => {
    given(orderCreated, itemsReserved).when(noteItemsReserved).thenNothing();
    given(orderCreated, orderPaid).when(notePaymentProcessed).thenNothing();
    const whole = [orderCreated, itemsReserved, orderPaid, orderCompleted];
    given(...whole)
      .when(noteItemsReserved)
      .thenNothing();
    given(...whole)
      .when(notePaymentProcessed)
      .thenNothing();
    given(...whole, orderRefunded)
      .when(noteItemsReserved)
      .thenNothing();
    given(...whole, orderRefunded)
      .when(notePaymentProcessed)
      .thenNothing();
  });

  it('does not complete on another amount than its total', () => {
    given(orderCreated, itemsReserved)
      .when({ ...notePaymentProcessed, amount: otherTotal })
      .thenRefused('FAILED_PRECONDITION', 'AMOUNT_DIFFERS');
    given(orderCreated, orderPaid)
      .when({ ...noteItemsReserved, total: otherTotal })
      .thenRefused('FAILED_PRECONDITION', 'AMOUNT_DIFFERS');
  });
});

describe('an order whose goods cannot be held', () => {
  it('is rejected, once', () => {
    given(orderCreated).when(noteReserveFailed).then(orderRejected);
    given(orderCreated, orderRejected).when(noteReserveFailed).thenNothing();
  });

  it('needs no rejection when it is being cancelled, or was', () => {
    given(orderCreated, cancellationRequested).when(noteReserveFailed).thenNothing();
    given(orderCreated, cancellationRequested, cancelledByCustomer).when(noteReserveFailed).thenNothing();
  });

  it('cannot have been reserved or paid', () => {
    given(orderCreated, itemsReserved)
      .when(noteReserveFailed)
      .thenRefused(...CONTRADICTION);
    given(orderCreated, orderPaid)
      .when(noteReserveFailed)
      .thenRefused(...CONTRADICTION);
    given(orderCreated, orderRejected)
      .when(noteItemsReserved)
      .thenRefused(...CONTRADICTION);
    given(orderCreated, orderRejected)
      .when(notePaymentFailed)
      .thenRefused(...CONTRADICTION);
  });
});

describe('an order whose payment is declined', () => {
  it('is cancelled, once, whether or not the reservation is known', () => {
    given(orderCreated, itemsReserved).when(notePaymentFailed).then(cancelledAsDeclined);
    given(orderCreated).when(notePaymentFailed).then(cancelledAsDeclined);
    given(orderCreated, cancelledAsDeclined).when(notePaymentFailed).thenNothing();
  });

  it('leaves late news of the reservation alone, which Catalog releases', () =>
    given(orderCreated, cancelledAsDeclined).when(noteItemsReserved).thenNothing());

  it('ends for the reason of its cancellation if that was asked for before', () =>
    given(orderCreated, itemsReserved, cancellationRequested)
      .when(notePaymentFailed)
      .then(cancelledByCustomer));

  it('cannot have been paid', () =>
    given(orderCreated, orderPaid)
      .when(notePaymentFailed)
      .thenRefused(...CONTRADICTION));
});

describe('a capture', () => {
  it('is given back, once, where the order ended without a sale; the end stays', () => {
    const ends = [
      { end: orderRejected, back: capturedAfter('rejected') },
      { end: cancelledAsDeclined, back: capturedAfter('cancelled') },
    ];
    for (const { end, back } of ends) {
      given(orderCreated, end).when(notePaymentProcessed).then(back);
      given(orderCreated, end, back).when(notePaymentProcessed).thenNothing();
      given(orderCreated, end, back).when(notePaymentRefunded).thenNothing();
      const status = foldEvents(orderDecider, initialOrder, [orderCreated, end, back]).status;
      assert.equal(status, foldEvents(orderDecider, initialOrder, [orderCreated, end]).status);
    }
  });

  it('is old news where it was given back, or is about to be', () => {
    given(orderCreated, itemsReserved, cancellationRequested).when(notePaymentProcessed).thenNothing();
    given(orderCreated, cancellationRequested, cancelledAndRefunded).when(notePaymentProcessed).thenNothing();
  });
});

describe('an order whose payment needs a review', () => {
  const inReview = [orderCreated, itemsReserved, needsReview];

  it('says so, once', () => {
    given(orderCreated, itemsReserved).when(notePaymentNeedsReview).then(needsReview);
    given(orderCreated).when(notePaymentNeedsReview).then(needsReview);
    given(...inReview)
      .when(notePaymentNeedsReview)
      .thenNothing();
    given(orderCreated, itemsReserved, cancellationRequested).when(notePaymentNeedsReview).then(needsReview);
    given(orderCreated, itemsReserved, cancellationRequested, needsReview)
      .when(notePaymentNeedsReview)
      .thenNothing();
    given(...inReview, cancellationRequested)
      .when(notePaymentNeedsReview)
      .thenNothing();
    given(...inReview, orderPaid, orderCompleted)
      .when(notePaymentNeedsReview)
      .thenNothing();
  });

  it('ends by what the review finds', () => {
    given(...inReview)
      .when(notePaymentProcessed)
      .then(orderPaid, orderCompleted);
    given(...inReview)
      .when(notePaymentFailed)
      .then(cancelledAsDeclined);
    given(...inReview)
      .when(notePaymentVoided)
      .then(cancelledByPayment);
    given(...inReview)
      .when(notePaymentRefunded)
      .then(cancelledAndRefundedByPayment);
  });

  it('takes the news of the reservation late', () => {
    given(orderCreated, needsReview).when(noteItemsReserved).then(itemsReserved);
    given(orderCreated, needsReview).when(notePaymentProcessed).then(orderPaid);
    given(orderCreated, needsReview, orderPaid).when(noteItemsReserved).then(itemsReserved, orderCompleted);
  });

  it('cannot lack its goods, or have another amount than its total', () => {
    given(orderCreated, needsReview)
      .when(noteReserveFailed)
      .thenRefused(...CONTRADICTION);
    given(...inReview)
      .when({ ...notePaymentProcessed, amount: otherTotal })
      .thenRefused('FAILED_PRECONDITION', 'AMOUNT_DIFFERS');
  });
});

describe('an order that cannot be judged', () => {
  it('is unknown', () => {
    for (const command of Object.values(commands)) {
      if (command.type !== 'PlaceOrder') given().when(command).thenRefused('NOT_FOUND', 'ORDER_NOT_FOUND');
    }
  });

  it('or has an event of a newer version in its history', () => {
    const newer = evolveUnknown(initialOrder, 'orderlog.order.v1.OrderGiftWrapped');
    const later = specificationOf(orderDecider, newer);
    for (const command of Object.values(commands)) {
      later(orderCreated).when(command).thenRefused('UNAVAILABLE', 'HISTORY_UNREADABLE');
    }
  });
});

import { describe, it } from 'mocha';
import { specificationOf } from '../../../platform/deciderTesting.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderReport } from './commands.ts';
import { orderDecider } from './decide.ts';
import type { OrderEvent } from './events.ts';
import {
  cancellationRequested,
  cancelledAndRefunded,
  cancelledAndRefundedByPayment,
  cancelledByCustomer,
  cancelledByPayment,
  capturedAfter,
  context,
  itemsReserved,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  noteReserveFailed,
  orderCreated,
  orderRejected,
  otherTotal,
  PAYMENT_ID,
} from './samples.testing.ts';
import { initialOrder } from './state.ts';

const given = specificationOf(orderDecider, initialOrder);
/** The same, of a saga that somebody drives by rpc under the order's id. */
const byRpc = (report: OrderReport): OrderReport => ({ ...report, mode: SagaMode.SAGA_MODE_DIRECT });
const processed = byRpc({ ...notePaymentProcessed, amount: otherTotal });

const byPayment = {
  context,
  reason: CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED,
  message: `payment ${PAYMENT_ID} was captured by rpc, and not for the order: it is given back`,
};
const capturedByRpc: OrderEvent = { type: 'OrderCancellationRequested', data: byPayment };
const givenBack: OrderEvent = { type: 'OrderCancelled', data: { ...byPayment, refunded: otherTotal } };
const pending = [orderCreated];
const reserved = [orderCreated, itemsReserved];

describe('an order whose payment somebody else makes by rpc', () => {
  it('is not paid by it: what was captured is given back, whatever it amounts to', () => {
    for (const history of [pending, reserved]) {
      given(...history)
        .when(processed)
        .then(capturedByRpc);
      given(...history, capturedByRpc)
        .when(processed)
        .thenNothing();
      given(...history, capturedByRpc)
        .when(byRpc({ ...notePaymentRefunded, amount: otherTotal }))
        .then(givenBack);
    }
  });

  it('does not keep what was captured for it after its rejection, nor ask for it twice', () => {
    const back = capturedAfter('rejected');
    given(orderCreated, orderRejected).when(processed).then(back);
    given(orderCreated, orderRejected, back).when(processed).thenNothing();
    given(orderCreated, orderRejected, back).when(byRpc(notePaymentRefunded)).thenNothing();
  });

  it('ends when that has ended, for it will never be paid', () => {
    for (const history of [pending, reserved]) {
      for (const report of [notePaymentFailed, notePaymentVoided]) {
        given(...history)
          .when(byRpc(report))
          .then(cancelledByPayment);
      }
      given(...history)
        .when(byRpc(notePaymentRefunded))
        .then(cancelledAndRefundedByPayment);
    }
  });

  it('ends for the reason that it was asked to, where it is being cancelled', () => {
    for (const report of [notePaymentFailed, notePaymentVoided]) {
      given(...reserved, cancellationRequested)
        .when(byRpc(report))
        .then(cancelledByCustomer);
    }
    given(...reserved, cancellationRequested)
      .when(byRpc(notePaymentRefunded))
      .then(cancelledAndRefunded);
  });

  it('has one end', () => {
    for (const end of [orderRejected, cancelledByPayment, cancelledAndRefunded]) {
      for (const report of [notePaymentFailed, notePaymentVoided, notePaymentRefunded]) {
        given(orderCreated, end).when(byRpc(report)).thenNothing();
      }
    }
    given(orderCreated, cancelledByPayment).when(processed).thenNothing();
    given(orderCreated, cancelledAndRefunded).when(processed).thenNothing();
  });

  it('goes on whatever else is reported of it', () => {
    for (const history of [pending, reserved]) {
      for (const report of [noteItemsReserved, noteReserveFailed, notePaymentNeedsReview]) {
        given(...history)
          .when(byRpc(report))
          .thenNothing();
      }
    }
  });
});

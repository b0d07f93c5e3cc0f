/**
 * What is reported of another saga than the order's own: somebody else reserves or charges by rpc under the order's id.
 *
 * An order has one payment, whoever made it, for its id derives from the order's. So money that it took without being asked
 * by the order is given back, and once it has ended without money the order can never be paid. All else has no effect.
 */
import { accept, type Decision, nothing } from '../../../platform/decider.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { NotePaymentProcessed, OrderReport } from './commands.ts';
import { cancellationRequested } from './ends.ts';
import type { OrderEvent } from './events.ts';
import { giveBack } from './notePayment.ts';
import { notePaymentRefunded, notePaymentVoided } from './notePaymentUndone.ts';
import type { PlacedOrder } from './state.ts';

export function noteAnotherSaga(report: OrderReport, order: PlacedOrder): Decision<OrderEvent> {
  switch (report.type) {
    case 'NotePaymentProcessed':
      return noteCapturedByRpc(report, order);
    case 'NotePaymentFailed':
    case 'NotePaymentVoided':
      // What was declined is not what the order's own customer would have paid with.
      return notePaymentVoided(order);
    case 'NotePaymentRefunded':
      return notePaymentRefunded(report, order);
    case 'NoteItemsReserved':
    case 'NoteReserveFailed':
    case 'NotePaymentNeedsReview':
    case 'NoteCallDone':
      return nothing;
    default:
      report satisfies never;
      return nothing;
  }
}

function noteCapturedByRpc({ paymentId }: NotePaymentProcessed, order: PlacedOrder): Decision<OrderEvent> {
  switch (order.status) {
    case 'pending':
    case 'reserved': {
      // At once, for a rejection would tell Payment nothing.
      const reason = CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED;
      const message = `payment ${paymentId} was captured by rpc, and not for the order: it is given back`;
      return accept(cancellationRequested(order, reason, message));
    }
    case 'rejected':
      return order.refund ? nothing : giveBack(order, paymentId);
    case 'paid':
    case 'needsReview':
    case 'cancelling':
    case 'completed':
    case 'cancelled':
    case 'refunded':
      // Old news: Payment was heard, or is asked, since.
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

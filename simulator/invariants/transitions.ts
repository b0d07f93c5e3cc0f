/** 6: the ways that payments and reservations may go. */
import { Violation } from '../violation.ts';
import type { History } from './histories.ts';

/** One letter an event. */
const PAYMENT_LETTERS: Readonly<Record<string, string>> = {
  PaymentStarted: 'S',
  PaymentCancellationRequested: 'C',
  PaymentNeedsReview: 'N',
  PaymentReviewResolved: 'X',
  PaymentProcessed: 'P',
  PaymentFailed: 'F',
  PaymentVoided: 'V',
  PaymentRefundStarted: 'R',
  PaymentRefundFailed: 'f',
  PaymentRefunded: 'D',
};
const RESERVATION_LETTERS: Readonly<Record<string, string>> = {
  ItemsReserved: 'I',
  ReserveFailed: 'F',
  ReservationReleased: 'R',
  ReservationConfirmed: 'C',
  ReservationReturned: 'B',
};
/** The end of one that was made by rpc is told once more (V) to the order's own saga. */
const PAYMENT = /^(V{0,2}|SC?(VV?|FV?|P(R(fR)*DV?)?|NC?X(VV?|FV?|P(R(fR)*DV?)?|DV?)))$/;
const RESERVATION = /^(I(R|CB?)|F|R)$/;

export function auditTransitions({ orderId, payment, reservation }: History): void {
  const spell = (events: readonly { readonly type: string }[], letters: Readonly<Record<string, string>>) =>
    events.map(({ type }) => letters[type] ?? '?').join('');
  const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type).join(', ');
  if (!PAYMENT.test(spell(payment, PAYMENT_LETTERS))) {
    throw new Violation(6, `the payment of order ${orderId} went through ${types(payment)}`);
  }
  if (!RESERVATION.test(spell(reservation, RESERVATION_LETTERS))) {
    throw new Violation(6, `the reservation of order ${orderId} went through ${types(reservation)}`);
  }
}

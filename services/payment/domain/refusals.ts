/** Why a payment does not take a command. */
import type { Refusal } from '../../../platform/decider.ts';
import type { KnownPayment } from './state.ts';

export const paymentUnknown = (orderId: string): Refusal => ({
  code: 'NOT_FOUND',
  reason: 'PAYMENT_UNKNOWN',
  message: `order ${orderId} has no payment`,
});

/** A newer version has written this payment. */
export const paymentUnreadable: Refusal = {
  code: 'UNAVAILABLE',
  reason: 'HISTORY_UNREADABLE',
  message: 'the payment has a status that this version cannot read: upgrade this service',
};

/** The provider's answer does not fit what is final here: money may be where it should not be. Never passed over. */
export const lateOutcome = ({ paymentId, status }: KnownPayment, answer: string): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'LATE_OUTCOME',
  message: `payment ${paymentId} is ${status}, and yet ${answer}: settle it with the provider`,
});

/** There is nothing to give back, or not yet. */
export const notCaptured = ({ context, status }: KnownPayment): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'PAYMENT_NOT_CAPTURED',
  message:
    status === 'voided' || status === 'declined'
      ? `the payment of order ${context.orderId} was never captured: it is ${status}`
      : `whether the payment of order ${context.orderId} was captured is not known yet: cancel it, and it is given back if it was`,
});

export const notInReview = ({ context, status }: KnownPayment): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'PAYMENT_NOT_IN_REVIEW',
  message: `the payment of order ${context.orderId} does not need a review: it is ${status}`,
});

/** A newer caller's word. */
export const resolutionUnknown: Refusal = {
  code: 'INVALID_ARGUMENT',
  reason: 'RESOLUTION_UNKNOWN',
  message: 'resolution: must be CAPTURED, NOT_CHARGED or REFUNDED_ELSEWHERE',
  field: 'resolution',
};

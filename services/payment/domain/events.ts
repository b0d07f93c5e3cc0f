/** The events of a payment: a union on `type`, and their codec. */
import { defineEvents, type EventOf } from '../../../platform/events.ts';
import {
  PaymentCancellationRequested,
  PaymentFailed,
  PaymentNeedsReview,
  PaymentProcessed,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentRefundStarted,
  PaymentReviewResolved,
  PaymentStarted,
  PaymentVoided,
} from '../../../proto/gen/orderlog/payment/v1/events.ts';

const messages = {
  PaymentStarted,
  PaymentProcessed,
  PaymentFailed,
  PaymentCancellationRequested,
  PaymentVoided,
  PaymentRefundStarted,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentNeedsReview,
  PaymentReviewResolved,
};

export const paymentEvents = defineEvents('orderlog.payment.v1', messages);
export type PaymentEvent = EventOf<typeof messages>;

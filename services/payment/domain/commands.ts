/** What may be asked of a payment. An order has one payment, whose id derives from the order's. */
import { derivedId } from '../../../platform/ids.ts';
import type { Amount } from '../../../platform/money.ts';
import type { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

/** Charge an order. The provider is called after this is committed. */
export interface StartCharge {
  readonly type: 'StartCharge';
  /** The order's, with the sealed token. */
  readonly context: SagaContext;
  readonly amount: Amount;
}

/** The provider has the money. */
export interface RecordCaptured {
  readonly type: 'RecordCaptured';
  readonly orderId: string;
  /** The provider's own id of the charge. */
  readonly providerReference: string;
}

/** The provider definitely declined. */
export interface RecordDeclined {
  readonly type: 'RecordDeclined';
  readonly orderId: string;
  /** The provider's own word. */
  readonly declineCode: string;
  /** For a person to read. */
  readonly message: string;
}

/** Keep no money for an order: void its payment or give it back; where there is none yet, let there be none. */
export interface CancelPayment {
  readonly type: 'CancelPayment';
  /** Of the tombstone, where there is no payment. */
  readonly context: SagaContext;
  /** Why, for a person to read. */
  readonly message: string;
}

/** Give a captured payment back. */
export interface Refund {
  readonly type: 'Refund';
  readonly orderId: string;
  /** Why, for a person to read. */
  readonly message: string;
}

/** The provider has given the money back. */
export interface RecordRefunded {
  readonly type: 'RecordRefunded';
  readonly orderId: string;
  readonly attempt: number;
  /** The provider's own id of the refund. */
  readonly refundReference: string;
}

/** The provider definitely refused to give the money back, under this attempt's key. */
export interface RecordRefundRefused {
  readonly type: 'RecordRefundRefused';
  readonly orderId: string;
  readonly attempt: number;
  /** The provider's own words. */
  readonly message: string;
}

/** The charge's outcome is not to be had from the provider before its key expires. */
export interface RecordReviewNeeded {
  readonly type: 'RecordReviewNeeded';
  readonly orderId: string;
  /** What is known, for a person to read. */
  readonly message: string;
}

/** An operator has found out what became of the charge. */
export interface ResolveReview {
  readonly type: 'ResolveReview';
  readonly orderId: string;
  readonly resolution: ReviewResolution;
  /** The provider's own id of the charge; empty if the operator has none. */
  readonly providerReference: string;
  readonly evidence: string;
  readonly operatorId: string;
}

export type PaymentCommand =
  | StartCharge
  | RecordCaptured
  | RecordDeclined
  | CancelPayment
  | Refund
  | RecordRefunded
  | RecordRefundRefused
  | RecordReviewNeeded
  | ResolveReview;

export const orderIdOf = (command: PaymentCommand): string =>
  'context' in command ? command.context.orderId : command.orderId;

/** The payment's id, and the key under which the provider knows its charge. */
export const paymentIdOf = (orderId: string): string => derivedId(`payment/${orderId}`);

/** The key under which the provider knows one attempt at a refund. */
export const refundKeyOf = (paymentId: string, attempt: number): string =>
  derivedId(`refund/${paymentId}/${attempt}`);

/** A payment as its events tell it: a union on `status`. */
import type { Amount } from '../../../platform/money.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

/** What is known of every payment. */
export interface PaymentFacts {
  readonly context: SagaContext;
  readonly paymentId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Charge extends PaymentFacts {
  readonly amount: Amount;
}

/** The provider has been asked, or soon will be; its answer is not known. */
export interface Started extends Charge {
  readonly status: 'started';
}

/** As started, and no money is to be kept, whatever the answer will be. */
export interface Cancelling extends Charge {
  readonly status: 'cancelling';
  /** Why. */
  readonly message: string;
}

/** The provider has the money. */
export interface Captured extends Charge {
  readonly status: 'captured';
  /** Empty where an operator found out that it is captured, and under which id not. */
  readonly providerReference: string;
}

/** The provider has the money, and is asked to give it back until it does. */
export interface Refunding extends Charge {
  readonly status: 'refunding';
  readonly providerReference: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Why. */
  readonly message: string;
}

export interface Declined extends Charge {
  readonly status: 'declined';
  readonly declineCode: string;
  readonly message: string;
}

/** Nothing was captured, and nothing will be. Without an amount: a tombstone, no charge had begun. */
export interface Voided extends PaymentFacts {
  readonly status: 'voided';
  readonly amount?: Amount;
}

/** Captured, then given back. */
export interface Refunded extends Charge {
  readonly status: 'refunded';
  readonly providerReference: string;
  /** The provider's own id of the refund; empty where it was given back outside this system. */
  readonly refundReference: string;
}

/** The provider's answer is not to be had; an operator settles it. */
export interface NeedsReview extends Charge {
  readonly status: 'needsReview';
  /** What is known. */
  readonly message: string;
  /** Set if a cancellation waits for the review: why. */
  readonly cancelMessage?: string;
}

export type KnownPayment =
  | Started
  | Cancelling
  | Captured
  | Refunding
  | Declined
  | Voided
  | Refunded
  | NeedsReview;

/** A row that a newer version has written. */
export interface Unreadable {
  readonly status: 'unreadable';
}

export type PaymentState = { readonly status: 'none' } | KnownPayment | Unreadable;

export const isKnown = (payment: PaymentState | undefined): payment is KnownPayment =>
  payment !== undefined && payment.status !== 'none' && payment.status !== 'unreadable';

export const initialPayment: PaymentState = { status: 'none' };

/** What the decider sees. */
export interface PaymentCase {
  readonly payment: PaymentState;
  /** The charge's task is there and nobody has begun it: the provider knows nothing yet. */
  readonly isChargeUntouched: boolean;
}

export const initialCase: PaymentCase = { payment: initialPayment, isChargeUntouched: false };

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

/** The provider has the money; `cancelling`: giving it back was tried, and is tried again. */
export interface Captured extends Charge {
  readonly status: 'captured' | 'cancelling';
  readonly providerReference: string;
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
  /** The provider's own id of the refund. */
  readonly refundReference: string;
}

/** The provider's answer is not to be had; an operator settles it. */
export interface NeedsReview extends Charge {
  readonly status: 'needsReview';
  readonly message: string;
}

export type KnownPayment = Started | Captured | Declined | Voided | Refunded | NeedsReview;

/** A row that a newer version has written. */
export interface Unreadable {
  readonly status: 'unreadable';
}

export type PaymentState = { readonly status: 'none' } | KnownPayment | Unreadable;

export const initialPayment: PaymentState = { status: 'none' };

/**
 * What may be asked of an order. PlaceOrder and CancelOrder come from callers, ExpireOrder from the order's own timer, the
 * others from what Catalog and Payment report, by their events or in answer to Order's own calls.
 */
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type { OrderLine, PricedLine, RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { SagaContext, SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

export interface PlaceOrder {
  readonly type: 'PlaceOrder';
  /** The order's id, customer, saga mode (never UNSPECIFIED), sealed token, expected total and deadline. */
  readonly context: SagaContext;
  readonly lines: readonly OrderLine[];
}

/** The customer wants no order any more, or the money back. */
export interface CancelOrder {
  readonly type: 'CancelOrder';
  readonly orderId: string;
  /** The customer's, for a person to read. */
  readonly message: string;
}

/** The order's deadline has passed. */
export interface ExpireOrder {
  readonly type: 'ExpireOrder';
  readonly orderId: string;
}

/** What another service reports of an order. */
interface Report {
  readonly orderId: string;
  /** Who drives the saga that it is about. Never UNSPECIFIED. */
  readonly mode: SagaMode;
}

/** Catalog holds the goods. */
export interface NoteItemsReserved extends Report {
  readonly type: 'NoteItemsReserved';
  readonly lines: readonly PricedLine[];
  readonly total: Money;
}

/** Catalog could not hold the goods. */
export interface NoteReserveFailed extends Report {
  readonly type: 'NoteReserveFailed';
  readonly reason: RejectionReason;
  readonly message: string;
}

/** Payment has captured the money. */
export interface NotePaymentProcessed extends Report {
  readonly type: 'NotePaymentProcessed';
  readonly paymentId: string;
  readonly amount: Money;
}

/** The payment was declined, and nothing captured. */
export interface NotePaymentFailed extends Report {
  readonly type: 'NotePaymentFailed';
  readonly message: string;
}

/** Nothing was captured, and nothing ever will be. */
export interface NotePaymentVoided extends Report {
  readonly type: 'NotePaymentVoided';
}

/** The money is back. */
export interface NotePaymentRefunded extends Report {
  readonly type: 'NotePaymentRefunded';
  readonly paymentId: string;
  readonly amount: Money;
}

/** The charge's outcome is not to be had: an operator settles it. */
export interface NotePaymentNeedsReview extends Report {
  readonly type: 'NotePaymentNeedsReview';
  readonly paymentId: string;
  readonly message: string;
}

/** A call that Order made has been taken (direct saga): nothing to note, or the log will tell. */
export interface NoteCallDone extends Report {
  readonly type: 'NoteCallDone';
}

export type OrderReport =
  | NoteItemsReserved
  | NoteReserveFailed
  | NotePaymentProcessed
  | NotePaymentFailed
  | NotePaymentVoided
  | NotePaymentRefunded
  | NotePaymentNeedsReview
  | NoteCallDone;
export type OrderCommand = PlaceOrder | CancelOrder | ExpireOrder | OrderReport;

/** The order that a command is about. */
export const orderIdOf = (command: OrderCommand): string =>
  command.type === 'PlaceOrder' ? command.context.orderId : command.orderId;

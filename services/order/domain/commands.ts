/**
 * What may be asked of an order. PlaceOrder and CancelOrder come from callers, ExpireOrder from the order's own timer, the
 * others from what Catalog and Payment report.
 */
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type { OrderLine, PricedLine, RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

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

/** Catalog holds the goods. */
export interface NoteItemsReserved {
  readonly type: 'NoteItemsReserved';
  readonly orderId: string;
  readonly lines: readonly PricedLine[];
  readonly total: Money;
}

/** Catalog could not hold the goods. */
export interface NoteReserveFailed {
  readonly type: 'NoteReserveFailed';
  readonly orderId: string;
  readonly reason: RejectionReason;
  readonly message: string;
}

/** Payment has captured the money. */
export interface NotePaymentProcessed {
  readonly type: 'NotePaymentProcessed';
  readonly orderId: string;
  readonly paymentId: string;
  readonly amount: Money;
}

/** The payment was declined, and nothing captured. */
export interface NotePaymentFailed {
  readonly type: 'NotePaymentFailed';
  readonly orderId: string;
  readonly message: string;
}

/** Nothing was captured, and nothing ever will be. */
export interface NotePaymentVoided {
  readonly type: 'NotePaymentVoided';
  readonly orderId: string;
}

/** The money is back. */
export interface NotePaymentRefunded {
  readonly type: 'NotePaymentRefunded';
  readonly orderId: string;
  readonly paymentId: string;
  readonly amount: Money;
}

/** The charge's outcome is not to be had: an operator settles it. */
export interface NotePaymentNeedsReview {
  readonly type: 'NotePaymentNeedsReview';
  readonly orderId: string;
  readonly paymentId: string;
  readonly message: string;
}

export type OrderCommand =
  | PlaceOrder
  | CancelOrder
  | ExpireOrder
  | NoteItemsReserved
  | NoteReserveFailed
  | NotePaymentProcessed
  | NotePaymentFailed
  | NotePaymentVoided
  | NotePaymentRefunded
  | NotePaymentNeedsReview;

/** The order that a command is about. */
export const orderIdOf = (command: OrderCommand): string =>
  command.type === 'PlaceOrder' ? command.context.orderId : command.orderId;

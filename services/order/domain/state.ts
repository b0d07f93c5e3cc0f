/**
 * An order as its events tell it: a union on `status`.
 *
 * Facts gather (what is reserved, what is paid); the status says where the order stands. Amounts stay as they stand in the
 * events, since an order compares them and never computes.
 */
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type {
  CancellationReason,
  OrderLine,
  PricedLine,
  RejectionReason,
} from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

/** Why an order's end was asked for, or its money given back. */
export interface Cancellation {
  readonly reason: CancellationReason;
  readonly message: string;
}

/** What is known of every order that was placed. */
export interface Placed {
  readonly context: SagaContext;
  readonly lines: readonly OrderLine[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Set once Order has noted it, whatever came after. */
  readonly reservation?: { readonly lines: readonly PricedLine[]; readonly total: Money | undefined };
  /** Set once Order has noted it, whatever came after. */
  readonly payment?: { readonly paymentId: string; readonly amount: Money | undefined };
  /** Set once Order has noted that the payment needs a review, whatever came after. */
  readonly review?: { readonly paymentId: string; readonly message: string };
  /** Set once the money was asked back after an end, which stays: a completed order's until the money is back. */
  readonly refund?: Cancellation;
}

interface Underway extends Placed {
  /** needsReview: an operator finds out whether it is paid, and settles it at Payment. */
  readonly status: 'pending' | 'reserved' | 'paid' | 'needsReview' | 'completed';
}

interface Rejected extends Placed {
  readonly status: 'rejected';
  readonly reason: RejectionReason;
  readonly message: string;
}

interface Undone extends Placed, Cancellation {
  readonly status: 'cancelling' | 'cancelled' | 'refunded';
  /** What was given back; unset while, or where, nothing was. */
  readonly refunded?: Money;
}

export type PlacedOrder = Underway | Rejected | Undone;
export type Order = { readonly status: 'none' } | PlacedOrder;

/** A history with an event that this version does not know: as far as it is understood it may be read, not acted upon. */
export interface Unreadable {
  readonly status: 'unreadable';
  /** Full name of the first such event. */
  readonly eventType: string;
  readonly order: Order;
}

export type OrderState = Order | Unreadable;

export const initialOrder: Order = { status: 'none' };

const ENDS: readonly Order['status'][] = ['completed', 'rejected', 'cancelled', 'refunded'];

export const hasEnded = ({ status }: Order): boolean => ENDS.includes(status);

const STATUSES: Readonly<Record<PlacedOrder['status'], true>> = {
  pending: true,
  reserved: true,
  paid: true,
  needsReview: true,
  completed: true,
  rejected: true,
  cancelling: true,
  cancelled: true,
  refunded: true,
};

/** Whether it is a status of an order that was placed, as this version knows them. */
export const isStatus = (text: string): text is PlacedOrder['status'] => Object.hasOwn(STATUSES, text);

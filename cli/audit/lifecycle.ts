/**
 * Which event may follow which: the life of an order, a reservation and a payment, as the contract has it. Written down here
 * a second time on purpose, since the audit is to notice where a decider goes wrong.
 */

/** By status: the events that may come, and where they lead. What is not listed may not come. */
type Lifecycle<S extends string> = Readonly<Record<S, Readonly<Record<string, S>>>>;

/**
 * `refunding`: completed, its refund asked for. `rejectedRefunding`, `cancelledRefunding`: ended, and money that came in
 * afterwards is on its way back.
 */
export type OrderStatus =
  | 'none'
  | 'pending'
  | 'reserved'
  | 'paid'
  | 'needsReview'
  | 'cancelling'
  | 'completed'
  | 'refunding'
  | 'refunded'
  | 'rejected'
  | 'rejectedRefunding'
  | 'cancelled'
  | 'cancelledRefunding';

/** Of an order that has not ended. */
export const OPEN: readonly OrderStatus[] = ['pending', 'reserved', 'paid', 'needsReview', 'cancelling'];

const toItsEnd = { OrderCancellationRequested: 'cancelling', OrderCancelled: 'cancelled' } as const;

export const orderLife: Lifecycle<OrderStatus> = {
  none: { OrderCreated: 'pending' },
  pending: {
    OrderItemsReserved: 'reserved',
    OrderPaid: 'paid',
    OrderNeedsReview: 'needsReview',
    OrderRejected: 'rejected',
    ...toItsEnd,
  },
  reserved: { OrderPaid: 'paid', OrderNeedsReview: 'needsReview', ...toItsEnd },
  paid: { OrderItemsReserved: 'paid', OrderCompleted: 'completed', ...toItsEnd },
  needsReview: { OrderItemsReserved: 'needsReview', OrderPaid: 'paid', ...toItsEnd },
  cancelling: {
    OrderItemsReserved: 'cancelling',
    OrderPaid: 'cancelling',
    OrderNeedsReview: 'cancelling',
    OrderCancelled: 'cancelled',
  },
  completed: { OrderCancellationRequested: 'refunding', OrderRefunded: 'refunded' },
  refunding: { OrderRefunded: 'refunded' },
  refunded: {},
  rejected: { OrderCancellationRequested: 'rejectedRefunding' },
  rejectedRefunding: {},
  cancelled: { OrderCancellationRequested: 'cancelledRefunding' },
  cancelledRefunding: {},
};

/** What a process manager tells the others, and a direct saga asks them by its own calls. */
export const REQUESTS = [
  'ReserveItemsRequested',
  'ChargeRequested',
  'ConfirmRequested',
  'ReleaseRequested',
  'ReturnRequested',
  'CancelPaymentRequested',
] as const;

/** As events they change nothing in the order itself. */
export const ORCHESTRATION: ReadonlySet<string> = new Set(REQUESTS);

export type ReservationStatus = 'none' | 'reserved' | 'failed' | 'released' | 'confirmed' | 'returned';

export const reservationLife: Lifecycle<ReservationStatus> = {
  none: { ItemsReserved: 'reserved', ReserveFailed: 'failed', ReservationReleased: 'released' },
  reserved: { ReservationReleased: 'released', ReservationConfirmed: 'confirmed' },
  confirmed: { ReservationReturned: 'returned' },
  failed: {},
  released: {},
  returned: {},
};

/** `tombstone`: voided before any charge began. `cancelling`: to be cancelled, the provider's answer to the charge unknown. `resolved`: its outcome's own event follows. */
export type PaymentStatus =
  | 'none'
  | 'started'
  | 'cancelling'
  | 'captured'
  | 'refunding'
  | 'refundFailed'
  | 'needsReview'
  | 'resolved'
  | 'declined'
  | 'tombstone'
  | 'voided'
  | 'refunded';

export const paymentLife: Lifecycle<PaymentStatus> = {
  none: { PaymentStarted: 'started', PaymentVoided: 'tombstone' },
  started: {
    PaymentProcessed: 'captured',
    PaymentFailed: 'declined',
    PaymentVoided: 'voided',
    PaymentCancellationRequested: 'cancelling',
    PaymentNeedsReview: 'needsReview',
  },
  cancelling: { PaymentProcessed: 'captured', PaymentVoided: 'voided', PaymentNeedsReview: 'needsReview' },
  captured: { PaymentRefundStarted: 'refunding' },
  refunding: { PaymentRefunded: 'refunded', PaymentRefundFailed: 'refundFailed' },
  refundFailed: { PaymentRefundStarted: 'refunding' },
  needsReview: { PaymentCancellationRequested: 'needsReview', PaymentReviewResolved: 'resolved' },
  resolved: {
    PaymentProcessed: 'captured',
    PaymentFailed: 'declined',
    PaymentVoided: 'voided',
    PaymentRefunded: 'refunded',
  },
  // How one ended that was made by rpc is told once more, to the saga of its order that comes by; the end stays.
  declined: { PaymentVoided: 'declined' },
  tombstone: { PaymentVoided: 'voided' },
  voided: { PaymentVoided: 'voided' },
  refunded: { PaymentVoided: 'refunded' },
};

/** Where a history leads; `illegal` is the index of the first event that may not come there, which is passed over. */
export function follow<S extends string>(
  life: Lifecycle<S>,
  from: S,
  types: readonly string[],
): { readonly status: S; readonly illegal: number | undefined; readonly before: S } {
  let status = from;
  let illegal: number | undefined;
  let before = from;
  types.forEach((type, index) => {
    const next = life[status][type];
    if (next !== undefined) status = next;
    else if (illegal === undefined) {
      illegal = index;
      before = status;
    }
  });
  return { status, illegal, before };
}

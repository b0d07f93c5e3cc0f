/**
 * The ends of an order, each as all parts of the system tell it: the order, the reservation, the payment, the provider. They
 * are the same in every mode.
 */

export interface Ending {
  /** ORDER_STATUS_* */
  readonly status: 'COMPLETED' | 'REJECTED' | 'CANCELLED' | 'REFUNDED';
  /** REJECTION_REASON_* or CANCELLATION_REASON_*. */
  readonly reason?: string;
  /** RESERVATION_STATUS_* */
  readonly reservation: 'CONFIRMED' | 'RETURNED' | 'RELEASED' | 'FAILED';
  /** PAYMENT_STATUS_*, or none. */
  readonly payment: 'CAPTURED' | 'DECLINED' | 'VOIDED' | 'REFUNDED' | 'none';
  /** What the provider's ledger holds for it: how often it was charged, and what became of the money. */
  readonly charges: number;
  readonly money: 'never taken' | 'kept' | 'given back';
  /** Events of its history, each once; beside them only those that ask for the next step. */
  readonly events: readonly string[];
  /** Events that may stand there or not: whichever news came first. */
  readonly maybe: readonly string[];
}

export const completed: Ending = {
  status: 'COMPLETED',
  reservation: 'CONFIRMED',
  payment: 'CAPTURED',
  charges: 1,
  money: 'kept',
  events: ['OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted'],
  maybe: [],
};

export const rejected = (reason: string): Ending => ({
  status: 'REJECTED',
  reason,
  reservation: 'FAILED',
  payment: 'none',
  charges: 0,
  money: 'never taken',
  events: ['OrderCreated', 'OrderRejected'],
  maybe: [],
});

/** The provider says no. */
export const declined: Ending = {
  status: 'CANCELLED',
  reason: 'PAYMENT_DECLINED',
  reservation: 'RELEASED',
  payment: 'DECLINED',
  charges: 1,
  money: 'never taken',
  events: ['OrderCreated', 'OrderCancelled'],
  maybe: ['OrderItemsReserved'],
};

/** Cancelled before the provider was asked. */
export const voided = (reason = 'CUSTOMER_REQUEST'): Ending => ({
  status: 'CANCELLED',
  reason,
  reservation: 'RELEASED',
  payment: 'VOIDED',
  charges: 0,
  money: 'never taken',
  events: ['OrderCreated', 'OrderCancelled'],
  maybe: ['OrderItemsReserved', 'OrderCancellationRequested'],
});

/** Cancelled although the provider charged, or had charged. */
export const givenBack = (reason = 'CUSTOMER_REQUEST'): Ending => ({
  status: 'CANCELLED',
  reason,
  reservation: 'RELEASED',
  payment: 'REFUNDED',
  charges: 1,
  money: 'given back',
  events: ['OrderCreated', 'OrderCancelled'],
  maybe: ['OrderItemsReserved', 'OrderPaid', 'OrderCancellationRequested'],
});

/** Completed, and undone. */
export const refunded = (reason = 'CUSTOMER_REQUEST'): Ending => ({
  status: 'REFUNDED',
  reason,
  reservation: 'RETURNED',
  payment: 'REFUNDED',
  charges: 1,
  money: 'given back',
  events: ['OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted', 'OrderRefunded'],
  maybe: ['OrderCancellationRequested'],
});

/** Cancelled at a moment that nobody chose. */
export const cancelledSometime: readonly Ending[] = [voided(), givenBack(), refunded()];

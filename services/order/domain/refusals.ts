/**
 * Why an order does not take a command. Callers of rpcs see these as errors; where an event brought the command about,
 * that event is parked under them: nothing here may pass unseen.
 */
import type { Refusal } from '../../../platform/decider.ts';
import type { PlacedOrder, Unreadable } from './state.ts';

/** Another service reports on an order that this one has never heard of. */
export const orderUnknown = (orderId: string): Refusal => ({
  code: 'NOT_FOUND',
  reason: 'ORDER_UNKNOWN',
  message: `there is no order ${orderId}`,
});

/** A newer version has written to this order. */
export const orderUnreadable = ({ eventType }: Unreadable): Refusal => ({
  code: 'UNAVAILABLE',
  reason: 'HISTORY_UNREADABLE',
  message: `the order's history holds ${eventType}, which this version cannot read: upgrade this service`,
});

/** What is reported cannot be, after what was reported before. */
export const contradiction = (order: PlacedOrder, report: string): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'CONTRADICTORY_REPORT',
  message: `order ${order.context.orderId} is ${order.status}, and yet ${report}`,
});

/** Money was taken for an order that had ended without a sale: it must be given back. */
export const capturedAfterEnd = (order: PlacedOrder, paymentId: string): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'CAPTURED_AFTER_END',
  message: `order ${order.context.orderId} is ${order.status}, and yet payment ${paymentId} was captured: refund it`,
});

/** The captured amount is not the order's total. */
export const amountDiffers = (order: PlacedOrder): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'AMOUNT_DIFFERS',
  message: `the amount captured for order ${order.context.orderId} is not the total that was reserved`,
});

/**
 * Why an order does not take a command. Callers of rpcs see these as errors; where an event brought the command about,
 * that event is parked under them: nothing here may pass unseen.
 */
import type { Refusal } from '../../../platform/decider.ts';
import type { PlacedOrder, Unreadable } from './state.ts';

/** A caller asks for, or another service reports on, an order that this one has never heard of. */
export const orderUnknown = (orderId: string): Refusal => ({
  code: 'NOT_FOUND',
  reason: 'ORDER_NOT_FOUND',
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

/** Its end is asked for, and nothing is left to be undone. */
export const endedAlready = (order: PlacedOrder): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: `ORDER_${order.status.toUpperCase()}`,
  message: `order ${order.context.orderId} is ${order.status} already: it cannot be cancelled`,
});

/** The captured amount is not the order's total. */
export const amountDiffers = (order: PlacedOrder): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'AMOUNT_DIFFERS',
  message: `the amount captured for order ${order.context.orderId} is not the total that was reserved`,
});

/**
 * Why Catalog does not take a command. Callers of rpcs see these as errors; where an event brought the command about, that
 * event is parked under them. That goods are short is none of these: it is the event ReserveFailed.
 */
import type { Refusal } from '../../../platform/decider.ts';
import type { Item, KnownReservation } from './state.ts';

export const itemUnknown = (sku: string): Refusal => ({
  code: 'NOT_FOUND',
  reason: 'ITEM_UNKNOWN',
  message: `there is no item ${sku}`,
  field: 'sku',
});

export const belowReserved = ({ sku, onHand, reserved }: Item, delta: bigint): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'STOCK_BELOW_RESERVED',
  message: `${sku} has ${onHand} on hand, ${reserved} of them reserved: ${-delta} cannot be taken away, at most ${onHand - reserved}`,
  field: 'delta',
});

export const stockTooLarge = ({ sku, onHand }: Item, max: bigint): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'STOCK_TOO_LARGE',
  message: `${sku} has ${onHand} on hand: no more than ${max} can be kept`,
  field: 'delta',
});

export const reservationUnknown = (orderId: string): Refusal => ({
  code: 'NOT_FOUND',
  reason: 'RESERVATION_UNKNOWN',
  message: `order ${orderId} has no reservation`,
});

/** What is asked for cannot follow from where the reservation stands. */
export const reservationIs = ({ context, status }: KnownReservation, wish: string): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: `RESERVATION_${status.toUpperCase()}`,
  message: `the reservation of order ${context.orderId} is ${status}: it cannot be ${wish}`,
});

/** By rpc, and an order that is not driven by rpc holds the goods: it will say itself what becomes of them. */
export const reservationOfOrder = ({ context }: KnownReservation, wish: string): Refusal => ({
  code: 'FAILED_PRECONDITION',
  reason: 'RESERVATION_OF_ORDER',
  message: `order ${context.orderId} is not driven by rpc: it settles its reservation itself, which cannot be ${wish} by anybody else; to give the goods up, cancel the order`,
});

/** A newer version has written this reservation. */
export const reservationUnreadable: Refusal = {
  code: 'UNAVAILABLE',
  reason: 'HISTORY_UNREADABLE',
  message: 'the reservation has a status that this version cannot read: upgrade this service',
};

/** Names that people can read: `order 3`, `payment 3`, `reservation 3` for ids that are derived and look like nothing. */
import { derivedId } from '../platform/ids.ts';
import { paymentIdOf } from '../services/payment/domain/commands.ts';

export const CALLER = 'sim';
export const MAX_ORDERS = 20;

export const requestIdOf = (what: string): string => derivedId(`sim ${what}`);
export const placeRequestIdOf = (number: number): string => requestIdOf(`order/${number}`);
export const orderIdOf = (number: number): string => derivedId(`order/${CALLER}/${placeRequestIdOf(number)}`);

const names = new Map(
  Array.from({ length: MAX_ORDERS }, (_, index) => index + 1).flatMap((number): [string, string][] => {
    const orderId = orderIdOf(number);
    return [
      [orderId, `order ${number}`],
      [`reservation/${orderId}`, `reservation ${number}`],
      [paymentIdOf(orderId), `payment ${number}`],
    ];
  }),
);

const ID = /(?:reservation\/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A text with names in place of ids. */
export const named = (text: string): string =>
  text.replaceAll(ID, (id) => names.get(id) ?? id).replaceAll(/\border (order \d+)/g, '$1');

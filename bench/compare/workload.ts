/**
 * What clients ask for: the n-th order and the n-th read are the same for every architecture. Of twenty orders one is
 * declined and one is out of stock. Pure.
 */

export const ITEMS = ['CMP-TEA', 'CMP-COFFEE', 'CMP-CUP', 'CMP-POT', 'CMP-SPOON', 'CMP-MILK'] as const;
/** Nobody can have it. */
export const SOLD_OUT = 'CMP-SOLD-OUT';

export type End = 'COMPLETED' | 'REJECTED' | 'CANCELLED';

export interface OrderWish {
  readonly customerId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentToken: string;
  /** How it has to end, whatever happens on the way. */
  readonly end: End;
}

/** Orders repeat in rounds of so many. */
const ROUND = 20;
const DECLINED_AT = 7;
const SOLD_OUT_AT = 13;
const CUSTOMERS = 100;

export function orderWish(n: number): OrderWish {
  const at = n % ROUND;
  const end = at === DECLINED_AT ? 'CANCELLED' : at === SOLD_OUT_AT ? 'REJECTED' : 'COMPLETED';
  const first = { sku: end === 'REJECTED' ? SOLD_OUT : item(n), quantity: 1 + (n % 3) };
  const second = { sku: item(n + 1), quantity: 1 };
  return {
    customerId: customerOf(n),
    lines: n % 2 === 0 ? [first] : [first, second],
    paymentToken: end === 'CANCELLED' ? 'tok_declined' : 'tok_ok',
    end,
  };
}

const item = (n: number): string => ITEMS[n % ITEMS.length] ?? ITEMS[0];
export const customerOf = (n: number): string => `customer-${n % CUSTOMERS}`;

/** A customer with this order only: a list of his tells whether the order is there. */
export const probeWish = (n: number): OrderWish => ({ ...orderWish(n), customerId: `probe-${n}` });

/** By id; one customer's orders; orders by status and date; orders by words. */
export const READ_KINDS = ['byId', 'list', 'filter', 'text'] as const;
export type ReadKind = (typeof READ_KINDS)[number];

/** Spreads n over `size` without a pattern that a cache could learn, the same each time (Knuth's multiplicative hash). */
export const spread = (n: number, size: number): number => ((n * 2_654_435_761) >>> 0) % size;

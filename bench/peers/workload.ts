/**
 * What a peer is asked for: the n-th order is the same for each. Two lines of different SKUs, spread over all; one order of
 * twenty is declined by the payment provider. Pure.
 */
import { spread } from '../compare/workload.ts';

export type End = 'COMPLETED' | 'CANCELLED' | 'REJECTED';

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface OrderWish {
  readonly lines: readonly OrderLine[];
  readonly paymentToken: string;
}

/** An item as it is put on sale. An alias, since only these pass where emmett wants any record. */
export type Item = {
  readonly available: number;
  readonly unitPriceMinor: number;
};

/** As many as Orderlog's own load is spread over (bench/bench/bed.ts). */
export const SKUS = 200;
export const CURRENCY = 'EUR';
/** Of each item at the start: no load sells it out. */
export const STOCK = 1_000_000_000;
/** Nobody can have it. */
export const SOLD_OUT = 'PEER-SOLD-OUT';

const DECLINED_OF = 20;
const DECLINED_TOKEN = 'tok_declined';

export const skuOf = (index: number): string => `PEER-${String(index).padStart(4, '0')}`;
export const priceOf = (index: number): number => 150 + (index % 100);
const isDeclined = (n: number): boolean => n % DECLINED_OF === DECLINED_OF - 1;

export function orderWish(n: number): OrderWish {
  const first = spread(n, SKUS);
  return {
    lines: [
      { sku: skuOf(first), quantity: 1 },
      { sku: skuOf((first + 1) % SKUS), quantity: 1 },
    ],
    paymentToken: isDeclined(n) ? DECLINED_TOKEN : 'tok_ok',
  };
}

/** How it has to end, where there is enough. */
export const endOf = ({ paymentToken }: OrderWish): End =>
  paymentToken === DECLINED_TOKEN ? 'CANCELLED' : 'COMPLETED';

export const unitsOf = ({ lines }: OrderWish): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** Prices an order's items: lines, their totals and the sum, in one currency, within int64 minor units. */
import { type Amount, moneyOf, plusMinor, timesMinor } from '../../../platform/money.ts';
import type { Money } from '../../../proto/gen/google/type/money.ts';
import { ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import type { PricedLine } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { Item } from './state.ts';

/** An item with the pieces asked for, over all lines of its SKU. */
export interface AskedItem {
  readonly item: Item;
  readonly quantity: number;
}

export type Priced =
  | { readonly lines: PricedLine[]; readonly total: Money }
  | { readonly reason: ReserveFailureReason; readonly message: string; readonly total: Money | undefined };

/** `expected`: what the customer was shown; unset if nothing was. */
export function priceItems(asked: readonly AskedItem[], expected: Money | undefined): Priced {
  const currencies = [...new Set(asked.map(({ item }) => item.price.currency))];
  if (currencies.length > 1) {
    return {
      reason: ReserveFailureReason.RESERVE_FAILURE_REASON_MIXED_CURRENCIES,
      message: `the items are priced in ${currencies.join(', ')}: order them apart`,
      total: undefined,
    };
  }
  const lines: PricedLine[] = [];
  let sum: Amount = { currency: currencies[0] ?? '', minor: 0n };
  for (const { item, quantity } of asked) {
    const lineMinor = timesMinor(item.price.minor, quantity);
    const sumMinor = lineMinor === undefined ? undefined : plusMinor(sum.minor, lineMinor);
    if (lineMinor === undefined || sumMinor === undefined) return overflow;
    sum = { ...sum, minor: sumMinor };
    lines.push(pricedLine(item, quantity, lineMinor));
  }
  const total = moneyOf(sum);
  if (expected && !isSameMoney(expected, total)) {
    return {
      reason: ReserveFailureReason.RESERVE_FAILURE_REASON_PRICE_CHANGED,
      message: `the total is ${text(total)}, not ${text(expected)} as expected`,
      total,
    };
  }
  return { lines, total };
}

const overflow: Priced = {
  reason: ReserveFailureReason.RESERVE_FAILURE_REASON_TOTAL_OVERFLOW,
  message: 'the total is more than 64 bits of minor units hold',
  total: undefined,
};

const pricedLine = ({ sku, name, price }: Item, quantity: number, lineMinor: bigint): PricedLine => ({
  sku,
  name,
  quantity,
  unitPrice: moneyOf(price),
  lineTotal: moneyOf({ currency: price.currency, minor: lineMinor }),
});

/** What moneyOf makes is the one way to write an amount, so that amounts may be compared part by part. */
const isSameMoney = (a: Money, b: Money): boolean =>
  a.currencyCode === b.currencyCode && a.units === b.units && a.nanos === b.nanos;

const text = ({ currencyCode, units, nanos }: Money): string =>
  `${currencyCode} ${units}.${String(nanos)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '')}`;

/** Amounts as events hold them: compared exactly, added per currency. */

import { formatMoney } from '../../platform/money.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';

/** Exact, for evidence and for comparing. */
export const amountText = (money: Money | undefined): string => (money ? formatMoney(money) : 'nothing');

export const isSame = (a: Money | undefined, b: Money | undefined): boolean =>
  a !== undefined && b !== undefined && amountText(a) === amountText(b);

const NANOS = 1_000_000_000n;

/** Billionths, by currency. */
export function sumOf(amounts: readonly (Money | undefined)[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const money of amounts) {
    if (!money) continue;
    const nanos = money.units * NANOS + BigInt(money.nanos);
    sums.set(money.currencyCode, (sums.get(money.currencyCode) ?? 0n) + nanos);
  }
  return sums;
}

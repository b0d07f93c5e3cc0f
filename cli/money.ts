/** Money for a person to read. */
import type { Money } from '../proto/gen/google/type/money.ts';

/** `{ EUR, 12, 900000000 }` -> `12.90 EUR`. Exact: no floating point. */
export function formatMoney({ currencyCode, units, nanos }: Money): string {
  const fraction = String(nanos)
    .padStart(9, '0')
    .replace(/0{0,7}$/, '');
  return `${units}.${fraction} ${currencyCode}`;
}

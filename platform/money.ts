/**
 * Money: google.type.Money on the wire, a bigint of minor units (cents) inside; never a float, never rounded.
 *
 * The exponents are ISO 4217's own table, written down here: Intl follows CLDR, which differs (HUF, IDR: 0 digits, ISO: 2)
 * and changes from one Node to the next, while stored minor units must keep their meaning for ever. A code that is not in
 * the table is refused. Amounts are int64: what does not fit is an error, not another amount.
 */
import type { Money } from '../proto/gen/google/type/money.ts';
import { OrderlogError } from './errors.ts';

/** An amount in a currency's minor unit. */
export interface Amount {
  /** ISO 4217, three capital letters. */
  readonly currency: string;
  readonly minor: bigint;
}

const EXPONENT_0 = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const EXPONENT_2 = `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
  CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
  INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
  NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
  SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`;
const EXPONENT_3 = 'BHD IQD JOD KWD LYD OMR TND';
const EXPONENT_4 = 'CLF UYW';

const exponents = new Map(
  Object.entries({ 0: EXPONENT_0, 2: EXPONENT_2, 3: EXPONENT_3, 4: EXPONENT_4 }).flatMap(
    ([exponent, codes]) => codes.split(/\s+/).map((code): [string, number] => [code, Number(exponent)]),
  ),
);

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const MAX_NANOS = 999_999_999;
const NANO_DIGITS = 9;

/** How many digits a currency's minor unit has: EUR 2, JPY 0; undefined for a code that ISO 4217 does not list. */
export const exponentOf = (currency: string): number | undefined => exponents.get(currency);

const within = (value: bigint): bigint | undefined =>
  value >= INT64_MIN && value <= INT64_MAX ? value : undefined;

/** a + b; undefined if that does not fit int64. */
export const plusMinor = (a: bigint, b: bigint): bigint | undefined => within(a + b);

/** minor * factor; undefined if that does not fit int64. `factor` is a whole number. */
export const timesMinor = (minor: bigint, factor: number): bigint | undefined =>
  within(minor * BigInt(factor));

/**
 * Reads an amount. Throws OrderlogError INVALID_ARGUMENT, naming the part of `field` that is wrong: an unknown currency,
 * a negative amount (unless allowed), units and nanos of different sign, more digits than the minor unit has, or more
 * than int64 holds.
 */
export function amountOf(
  money: Money,
  field: string,
  allow: { negative: boolean } = { negative: false },
): Amount {
  const { currencyCode: currency, units, nanos } = money;
  const exponent = exponentOf(currency);
  if (exponent === undefined) throw wrong(`${field}.currency_code`, 'must be a currency code of ISO 4217');
  if (!allow.negative && (units < 0n || nanos < 0)) throw wrong(field, 'must not be negative');
  if (Math.abs(nanos) > MAX_NANOS) throw wrong(`${field}.nanos`, `must be ${-MAX_NANOS} to ${MAX_NANOS}`);
  if (units !== 0n && nanos !== 0 && units > 0n !== nanos > 0) {
    throw wrong(`${field}.nanos`, 'must have the sign of units');
  }
  const nanosPerMinor = 10n ** BigInt(NANO_DIGITS - exponent);
  if (BigInt(nanos) % nanosPerMinor !== 0n) {
    throw wrong(`${field}.nanos`, `must be whole minor units: ${currency} has ${exponent} decimal digits`);
  }
  const minor = within(units * 10n ** BigInt(exponent) + BigInt(nanos) / nanosPerMinor);
  if (minor === undefined) throw wrong(`${field}.units`, 'is more than 64 bits of minor units hold');
  return { currency, minor };
}

function wrong(field: string, description: string): OrderlogError {
  const violations = [{ field, description }];
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_MONEY', `${field}: ${description}`, { violations });
}

/** Writes an amount. Throws for a currency that amountOf would not have let in, or a sum of amounts that exceeds int64 units. */
export function moneyOf({ currency, minor }: Amount): Money {
  const exponent = exponentOf(currency);
  if (exponent === undefined) throw new Error(`${currency} is not a currency code of ISO 4217`);
  const minorPerUnit = 10n ** BigInt(exponent);
  const nanosPerMinor = 10n ** BigInt(NANO_DIGITS - exponent);
  const nanos = Number((minor % minorPerUnit) * nanosPerMinor);
  if (within(minor / minorPerUnit) === undefined) throw new Error(`${minor} of ${currency} exceed 64 bits`);
  return { currencyCode: currency, units: minor / minorPerUnit, nanos };
}

/** For a person to read: `{ EUR, 12, 900000000 }` -> `12.90 EUR`. Exact: no floating point. */
export function formatMoney({ currencyCode, units, nanos }: Money): string {
  const fraction = String(nanos)
    .padStart(NANO_DIGITS, '0')
    .replace(/0{0,7}$/, '');
  return `${units}.${fraction} ${currencyCode}`;
}

/**
 * Amounts as Stripe writes them: whole numbers of a unit that for a few currencies is not ISO 4217's minor unit (platform/money.ts).
 * The lists are those of https://docs.stripe.com/currencies: what they do not name has two decimals. So have ISK and UGX, of which
 * nothing is smaller than one: special cases, whose decimals are always 00. HUF and TWD are special in payouts only.
 */
import { exponentOf, formatMoney, moneyOf } from '../../../../platform/money.ts';

/** UGX stands there too, but is a special case. */
const NO_DECIMALS: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
);
/** The third decimal must be 0. */
const THREE_DECIMALS: ReadonlySet<string> = new Set('BHD JOD KWD OMR TND'.split(' '));

/** What Stripe is to be asked for, or why it cannot be asked. */
export type StripeAmount = { readonly amount: number } | { readonly code: string; readonly message: string };

/** `minor`: minor units of ISO 4217. */
export function stripeAmountOf(currency: string, minor: bigint): StripeAmount {
  const stepMinor = stepOf(currency);
  if (minor % stepMinor !== 0n) {
    const [given, step] = [minor, stepMinor].map((each) => formatMoney(moneyOf({ currency, minor: each })));
    return { code: 'amount_not_payable', message: `Stripe takes multiples of ${step} only, not ${given}` };
  }
  const shift = shiftOf(currency);
  const amount = Number(shift < 0 ? minor / powerOf10(-shift) : minor * powerOf10(shift));
  if (Number.isSafeInteger(amount)) return { amount };
  return { code: 'amount_too_large', message: 'the amount is larger than Stripe takes' };
}

/** Back into minor units of ISO 4217. Throws for what is none in whole ones. */
export function minorOf(currency: string, amount: number): bigint {
  const shift = shiftOf(currency);
  if (shift <= 0) return BigInt(amount) * powerOf10(-shift);
  const unit = powerOf10(shift);
  if (BigInt(amount) % unit !== 0n) throw new Error(`Stripe: ${amount} is no amount in whole ${currency}`);
  return BigInt(amount) / unit;
}

/** The least amount that Stripe takes, of which each must be a multiple. */
const stepOf = (currency: string): bigint =>
  THREE_DECIMALS.has(currency) ? 10n : powerOf10(Math.max(0, -shiftOf(currency)));

/** How many more decimals an amount has at Stripe than here. */
function shiftOf(currency: string): number {
  const decimals = decimalsOf(currency);
  return decimals - (exponentOf(currency) ?? decimals);
}

function decimalsOf(currency: string): number {
  if (NO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
}

const powerOf10 = (exponent: number): bigint => 10n ** BigInt(exponent);

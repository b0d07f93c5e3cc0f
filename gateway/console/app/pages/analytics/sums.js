/** What the page makes of the summary: every day of the time, and an average. Pure. */

/** @import { DailySales, Money, SalesSummary } from '../../types.d.ts' */

const DAY_MS = 86_400_000;
const NANOS = 1_000_000_000n;

/**
 * Days of a currency, those without a sale too: a plot that left them out would lie about the time.
 * @param {SalesSummary} sales
 * @param {string} currency
 * @returns {DailySales[]}
 */
export function everyDay({ dailySales = [], firstDate, lastDate }, currency) {
  if (!firstDate || !lastDate) return [];
  const first = Date.parse(firstDate);
  const days = Math.round((Date.parse(lastDate) - first) / DAY_MS) + 1;
  return Array.from({ length: days }, (_, n) => {
    const date = new Date(first + n * DAY_MS).toISOString().slice(0, 10);
    return (
      dailySales.find((each) => each.date === date && each.revenue?.currencyCode === currency) ?? { date }
    );
  });
}

/**
 * Exact to a nano, towards zero.
 * @param {Money | undefined} revenue
 * @param {number} orders
 * @returns {Money | undefined}
 */
export function perOrder(revenue, orders) {
  if (!revenue) return undefined;
  const each = (BigInt(revenue.units ?? 0) * NANOS + BigInt(revenue.nanos ?? 0)) / BigInt(orders);
  return { ...revenue, units: String(each / NANOS), nanos: Number(each % NANOS) };
}

/** The parts of the summary that are lists: each value with a bar, so that they can be compared at a glance. */
import { html } from 'htm/preact';
import { amountOf, count, enumWord, millis, millisOf, money, statusWord } from '../../format.js';
import { Empty } from '../../ui/parts.js';

/** @import { EndingCount, FunnelStep, SalesSummary, StepLatency } from '../../types.d.ts' */

const PERCENT = 100;

/** @param {{ name: string, value: number, of: number, said: string }} props */
const Bar = ({ name, value, of, said }) => html`
  <li class="bar"><span>${name}</span><span class="num strong">${said}</span>
    <div class="meter" aria-hidden="true"><span class="is-value" style=${{ width: `${of ? (value / of) * PERCENT : 0}%` }} /></div></li>`;

/** @param {{ steps: readonly FunnelStep[] }} props */
export function Funnel({ steps }) {
  const total = Number(steps.find(({ step }) => step === 'placed')?.orders ?? 0);
  if (total === 0) return html`<${Empty} title="No orders in this time" />`;
  return html`<ul class="bars">${steps.map(({ step, orders }) => {
    const value = Number(orders ?? 0);
    const share = `${((value / total) * PERCENT).toFixed(1)} %`;
    return html`<${Bar} name=${enumWord(step, '')} value=${value} of=${total} said=${`${count(value)} · ${share}`} />`;
  })}</ul>`;
}

/** @param {{ endings: readonly EndingCount[] }} props */
export function Endings({ endings }) {
  if (endings.length === 0) return html`<${Empty} title="None was cancelled or rejected" icon="check" />`;
  const most = Math.max(...endings.map(({ orders }) => Number(orders ?? 0)));
  return html`<ul class="bars">${endings.map((each) => html`<${Bar} name=${whyOf(each)} value=${Number(each.orders ?? 0)} of=${most} said=${count(each.orders)} />`)}</ul>`;
}

/** @param {EndingCount} ending */
const whyOf = ({ status, rejectionReason, cancellationReason }) =>
  `${statusWord(status)}: ${
    rejectionReason
      ? enumWord(rejectionReason, 'REJECTION_REASON').toLowerCase()
      : enumWord(cancellationReason, 'CANCELLATION_REASON').toLowerCase()
  }`;

/** @param {{ latencies: readonly StepLatency[] }} props */
export function Latencies({ latencies }) {
  if (latencies.length === 0) return html`<${Empty} title="No step was measured in this time" />`;
  const longest = Math.max(...latencies.map(({ p99 }) => millisOf(p99)));
  return html`
    <div class="table-scroll"><table>
      <thead><tr><th>Step</th><th class="end">p50</th><th class="end">p95</th><th class="end">p99</th><th class="wide-only"><span class="sr">Compared</span></th></tr></thead>
      <tbody>${latencies.map(
        ({ step, p50, p95, p99 }) => html`
          <tr><td class="strong">${step}</td>${[p50, p95, p99].map((each) => html`<td class="end num nowrap">${millis(millisOf(each))}</td>`)}
            <td class="wide-only share"><div class="meter" aria-hidden="true"><span class="is-value" style=${{ width: `${longest ? (millisOf(p99) / longest) * PERCENT : 0}%` }} /></div></td></tr>`,
      )}</tbody></table></div>`;
}

/** @param {{ sales: NonNullable<SalesSummary['skuSales']> }} props */
export function Skus({ sales }) {
  if (sales.length === 0) return html`<${Empty} title="Nothing was sold in this time" />`;
  const sorted = sales.toSorted((a, b) => amountOf(b.revenue) - amountOf(a.revenue));
  return html`
    <div class="table-scroll"><table>
      <thead><tr><th>Item</th><th class="end">Pieces</th><th class="end">Revenue</th></tr></thead>
      <tbody>${sorted.map(
        ({ sku, name, quantity, revenue }) => html`
          <tr><td><div class="strong">${name || sku}</div><div class="mono small muted">${sku}</div></td>
            <td class="end num">${count(quantity)}</td><td class="end num nowrap">${money(revenue)}</td></tr>`,
      )}</tbody></table></div>`;
}

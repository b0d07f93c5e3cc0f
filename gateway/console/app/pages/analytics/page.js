/** What was sold, how the sagas ended, and how long their steps took. */
import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import { getJson, queryOf } from '../../api.js';
import { amountOf, count, dayOf, money } from '../../format.js';
import { useAnswer } from '../../hooks.js';
import { Card, Empty, Failure, Loading, PageHead, Stale, Tile } from '../../ui/parts.js';
import { Plot } from '../../ui/plot.js';
import { Funnel, Latencies, Reasons, Skus } from './tables.js';

/** @import { Money, SalesSummary } from '../../types.d.ts' */

const REFRESH_MS = 5_000;
const DAY_MS = 86_400_000;
const SPANS = [
  { days: 1, word: 'Today' },
  { days: 7, word: '7 days' },
  { days: 30, word: '30 days' },
];

export function Analytics() {
  const [days, setDays] = useState(30);
  /** @type {{ data?: SalesSummary, error?: import('../../api.js').Problem, again: () => void }} */
  const { data, error, again } = useAnswer(
    (signal) => getJson(`/v1/sales${queryOf({ start_time: startOf(days) })}`, { signal }),
    [days],
    { everyMs: REFRESH_MS },
  );
  return html`
    <${PageHead} title="Analytics" lead="Completed less refunded, by days of UTC">
      <div class="chips" role="group" aria-label="Days">
        ${SPANS.map((span) => html`<button type="button" class="chip" aria-pressed=${span.days === days} onClick=${() => setDays(span.days)}>${span.word}</button>`)}
      </div>
    </${PageHead}>
    ${
      data
        ? html`<div class="stack"><${Stale} error=${error} /><${Summary} sales=${data} /></div>`
        : html`<${Card} bare>${error ? html`<${Failure} error=${error} again=${again} />` : html`<${Loading} rows=${8} />`}</${Card}>`
    }`;
}

/** @param {number} days */
const startOf = (days) =>
  new Date(Date.now() - (days - 1) * DAY_MS).toISOString().slice(0, 10).concat('T00:00:00Z');

/** @param {{ sales: SalesSummary }} props */
function Summary({
  sales: { dailySales = [], skuSales = [], funnel = [], stepLatencies = [], cancellations = [] },
}) {
  const orders = dailySales.reduce((all, { completedOrders }) => all + Number(completedOrders ?? 0), 0);
  const started = funnel.reduce((all, each) => all + Number(each.count ?? 0), 0);
  const completed = funnel.find(({ status }) => status === 'ORDER_STATUS_COMPLETED')?.count ?? 0;
  const revenue = sumOf(dailySales.map((each) => each.revenue));
  return html`
    <dl class="tiles">
      <${Tile} name="Revenue" value=${money(revenue)} />
      <${Tile} name="Completed orders" value=${count(orders)} />
      <${Tile} name="Of all orders" value=${started ? `${((Number(completed) / started) * 100).toFixed(1)} %` : '–'} hint=${`${count(started)} placed`} />
      <${Tile} name="An order" value=${orders ? money(scaled(revenue, 1 / orders)) : '–'} hint="on average" />
    </dl>
    <${Card} title="Revenue by day">
      ${dailySales.length === 0 ? html`<${Empty} title="Nothing was sold in this time" icon="analytics"><a href="#/try">Place an order</a></${Empty}>` : html`<${Revenue} days=${dailySales} />`}
    </${Card}>
    <div class="two">
      <${Card} title="Funnel" note="where the orders of this time stand"><${Funnel} funnel=${funnel} /></${Card}>
      <${Card} title="Time in each step" bare><${Latencies} latencies=${stepLatencies} /></${Card}>
      <${Card} title="Revenue by item" bare><${Skus} sales=${skuSales} /></${Card}>
      <${Card} title="Cancelled, by reason"><${Reasons} reasons=${cancellations} /></${Card}>
    </div>`;
}

/** @type {import('../../ui/plot.js').Line[]} */
const BARS = [{ label: 'Revenue', colour: '--accent', isBars: true }];

/** @param {{ days: NonNullable<SalesSummary['dailySales']> }} props */
function Revenue({ days }) {
  const data = useMemo(
    () =>
      /** @type {import('uplot').AlignedData} */ ([
        days.map(({ date }) => Date.parse(`${date}T12:00:00Z`) / 1_000),
        days.map(({ revenue }) => amountOf(revenue)),
      ]),
    [JSON.stringify(days)],
  );
  const currencyCode = days[0]?.revenue?.currencyCode ?? 'EUR';
  const label = days.map(({ date, revenue }) => `${date}: ${money(revenue)}`).join(', ');
  const say = (/** @type {number} */ value) =>
    money({ currencyCode, units: String(Math.round(value)) }).replace(/\.00$/, '');
  return html`<${Plot} label=${label} lines=${BARS} data=${data} say=${say} sayTime=${dayOf} />`;
}

const NANOS = 1_000_000_000;

/** For showing: as exact as a double. @param {readonly (Money | undefined)[]} amounts @returns {Money} */
const sumOf = (amounts) =>
  moneyOf(
    amounts.reduce((all, each) => all + amountOf(each), 0),
    amounts.find((each) => each?.currencyCode)?.currencyCode,
  );

/** @param {Money} amount @param {number} factor @returns {Money} */
const scaled = (amount, factor) => moneyOf(amountOf(amount) * factor, amount.currencyCode);

/** @param {number} amount @param {string | undefined} currencyCode @returns {Money} */
const moneyOf = (amount, currencyCode = 'EUR') => ({
  currencyCode,
  units: String(Math.trunc(amount)),
  nanos: Math.round((amount % 1) * NANOS),
});

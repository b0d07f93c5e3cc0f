/** What was sold, how the sagas ended, and how long their steps took. */
import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import { getJson, queryOf } from '../../api.js';
import { amountOf, count, dayOf, money } from '../../format.js';
import { useAnswer } from '../../hooks.js';
import { Card, Empty, Failure, Loading, PageHead, Stale, Tile } from '../../ui/parts.js';
import { Plot } from '../../ui/plot.js';
import { everyDay, perOrder } from './sums.js';
import { Endings, Funnel, Latencies, Skus } from './tables.js';

/** @import { DailySales, Money, SalesSummary } from '../../types.d.ts' */

const REFRESH_MS = 5_000;
const DAY_MS = 86_400_000;
const PERCENT = 100;
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
function Summary({ sales }) {
  const { totals = [], skuSales = [], funnelSteps = [], stepLatencies = [], endings = [] } = sales;
  const currencies = totals.map(({ revenue }) => revenue?.currencyCode ?? '');
  const [chosen, choose] = useState('');
  const currency = currencies.includes(chosen) ? chosen : (currencies[0] ?? '');
  const isChosen = (/** @type {{ revenue?: Money }} */ { revenue }) => revenue?.currencyCode === currency;
  const total = totals.find(isChosen);
  const countOf = (/** @type {string} */ name) =>
    Number(funnelSteps.find(({ step }) => step === name)?.orders ?? 0);
  const [placed, completed] = [countOf('placed'), countOf('completed')];
  const sold = Number(total?.completedOrders ?? 0);
  const days = everyDay(sales, currency);
  return html`
    ${
      currencies.length > 1 &&
      html`<div class="chips" role="group" aria-label="Currency">
        ${currencies.map((each) => html`<button type="button" class="chip" aria-pressed=${each === currency} onClick=${() => choose(each)}>${each}</button>`)}
      </div>`
    }
    <dl class="tiles">
      <${Tile} name="Revenue" value=${money(total?.revenue)} hint=${Number(total?.refundedOrders ?? 0) > 0 && `${money(total?.refunded)} given back`} />
      <${Tile} name="Completed orders" value=${count(sold)} hint=${currency && `in ${currency}`} />
      <${Tile} name="Completed of placed" value=${placed ? `${((completed / placed) * PERCENT).toFixed(1)} %` : '–'} hint=${`${count(placed)} placed`} />
      <${Tile} name="Revenue an order" value=${sold ? money(perOrder(total?.revenue, sold)) : '–'} hint="on average" />
    </dl>
    <${Card} title="Revenue by day">
      ${sold === 0 ? html`<${Empty} title="Nothing was sold in this time" icon="analytics"><a href="#/try">Place an order</a></${Empty}>` : html`<${Revenue} days=${days} />`}
    </${Card}>
    <div class="two">
      <${Card} title="Funnel" note="how many orders reached which step"><${Funnel} steps=${funnelSteps} /></${Card}>
      <${Card} title="Time in each step" bare><${Latencies} latencies=${stepLatencies} /></${Card}>
      <${Card} title="Revenue by item" bare><${Skus} sales=${skuSales.filter(isChosen)} /></${Card}>
      <${Card} title="Ended without a sale" note="or gave it back, by reason"><${Endings} endings=${endings} /></${Card}>
    </div>`;
}

/** @type {import('../../ui/plot.js').Line[]} */
const BARS = [{ label: 'Revenue', colour: '--accent', isBars: true }];

/** @param {{ days: readonly DailySales[] }} props */
function Revenue({ days }) {
  const data = useMemo(
    () =>
      /** @type {import('uplot').AlignedData} */ ([
        days.map(({ date }) => Date.parse(`${date}T12:00:00Z`) / 1_000),
        days.map(({ revenue }) => amountOf(revenue)),
      ]),
    [JSON.stringify(days)],
  );
  const sold = days.filter(({ revenue }) => revenue);
  const currencyCode = sold[0]?.revenue?.currencyCode ?? '';
  const label = sold.map(({ date, revenue }) => `${date}: ${money(revenue)}`).join(', ');
  const say = (/** @type {number} */ value) =>
    money({ currencyCode, units: String(Math.round(value)) }).replace(/\.00$/, '');
  return html`<${Plot} label=${label} lines=${BARS} data=${data} say=${say} sayTime=${dayOf} />`;
}

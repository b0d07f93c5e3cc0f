/** The live overview: orders flowing through the saga, rates, lag, the health of each part, and the last errors. */
import { html } from 'htm/preact';
import { useRef } from 'preact/hooks';
import { getJson } from '../../api.js';
import { count, millis, rate } from '../../format.js';
import { useAnswer, useStream } from '../../hooks.js';
import { SagaDiagram } from '../../saga/diagram.js';
import { Badge, Card, Failure, Loading, Notice, PageHead, Status, Tile } from '../../ui/parts.js';
import { Errors, Parts, RecentEvents } from './lists.js';
import { parkedIn } from './parked.js';
import { Rates, remember } from './rates.js';

/** @import { LiveDocument, SagaGraph } from '../../types.d.ts' */

/** More are not counted. */
const COUNTED = 10_000;

export function Live() {
  /** @type {{ data?: SagaGraph, error?: import('../../api.js').Problem, again: () => void }} */
  const saga = useAnswer((signal) => getJson('/v1/saga', { signal }), []);
  /** @type {{ data?: LiveDocument, error?: import('../../api.js').Problem }} */
  const { data, error } = useStream('/v1/live', 'live');
  const past = useRef(/** @type {import('./rates.js').Sample[]} */ ([]));
  if (data) past.current = remember(past.current, data);
  const behind = data?.logs.filter(({ following }) => !following) ?? [];
  return html`
    <${PageHead} title="Live" lead="What flows through the system now, as the log tells it">
      ${data ? html`<${Badge} tone=${error ? 'warn' : 'good'}>${error ? 'Connecting again' : 'Live'}</${Badge}>` : html`<${Badge}>Connecting</${Badge}>`}
    </${PageHead}>
    <div class="stack">
      ${error && html`<${Notice} tone="warn"><b>${error.title}.</b> ${error.message}</${Notice}>`}
      ${behind.map(({ stream, detail }) => html`<${Badge} tone="warn" key=${stream}>${stream} is not followed: ${detail}</${Badge}>`)}
      <${Tiles} data=${data} />
      <${Card} title="The saga" note=${data ? `counts since ${new Date(data.since).toLocaleTimeString('en-GB')}` : undefined} bare
        tools=${data?.orders.inFlight.filter(({ count }) => count > 0).map(({ status, count: many }) => html`<span class="row nowrap" key=${status}><${Status} status=${status} /><span class="num small">${count(many)}</span></span>`)}>
        ${
          saga.data
            ? html`<${SagaDiagram} graph=${saga.data} events=${data?.flow.events} />`
            : saga.error
              ? html`<${Failure} error=${saga.error} again=${saga.again} />`
              : html`<${Loading} />`
        }
      </${Card}>
      <div class="two wide-left">
        <div class="stack">
          <${Card} title="Rates" note="orders a second"><${Rates} samples=${past.current} /></${Card}>
          <${RecentEvents} events=${data?.recentEvents} />
        </div>
        <div class="stack"><${Parts} parts=${data?.parts} /><${Errors} errors=${data?.errors} /></div>
      </div>
    </div>`;
}

/** @param {{ data: LiveDocument | undefined }} props */
function Tiles({ data }) {
  const sum = (/** @type {readonly { count: number }[]} */ counts) =>
    counts.reduce((all, { count }) => all + count, 0);
  const perSecond = (/** @type {string} */ boundary) =>
    data?.flow.events
      .filter((event) => event.boundary === boundary)
      .reduce((all, event) => all + event.perSecond, 0);
  const said = (/** @type {number | undefined} */ value) => (value === undefined ? '–' : rate(value));
  const parked = data && parkedIn(data.parked);
  const all = data?.orders.readModel?.total;
  const lag = data?.lag;
  return html`
    <dl class="tiles">
      <${Tile} name="Placed" value=${said(perSecond('START'))} unit="/s" hint=${all === undefined ? undefined : `${count(all)}${all >= COUNTED ? ' or more' : ''} in the read model`} />
      <${Tile} name="Completed" value=${said(perSecond('COMPLETE'))} unit="/s" hint=${data && `${count(sum(data.orders.ended))} ended since`} />
      <${Tile} name="In flight" value=${data ? count(sum(data.orders.inFlight)) : '–'} hint="not ended yet" />
      <${Tile} name="Read model lag" value=${lag ? millis(lag.milliseconds) : '–'} hint=${lag ? lagHint(lag) : data && 'cannot be told now'} />
      <${Tile} name="Parked events" value=${parked ? parked.value : '–'}
        hint=${parked && html`${parked.hint} ${parked.known > 0 && html`<a href="#/parked">look into them</a>`}`} />
    </dl>`;
}

/** How many events are on their way, and how long the last minute's took. @param {NonNullable<LiveDocument['lag']>} lag */
function lagHint({ events, p50Milliseconds: p50, p99Milliseconds: p99 }) {
  const took = p50 === null || p99 === null ? '' : `, p50 ${millis(p50)}, p99 ${millis(p99)}`;
  return `${count(events)} events behind${took}`;
}

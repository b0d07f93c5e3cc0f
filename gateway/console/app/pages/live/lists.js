/** The parts of the system, the last errors, and the last events. */
import { html } from 'htm/preact';
import { ago, clock, count, shortId } from '../../format.js';
import { useTick } from '../../hooks.js';
import { hrefOf } from '../../router.js';
import { Badge, Card, Empty, Loading } from '../../ui/parts.js';

/** @import { LiveDocument, Part } from '../../types.d.ts' */

/** @param {{ parts: readonly Part[] | undefined }} props */
export function Parts({ parts }) {
  useTick();
  return html`
    <${Card} title="Parts" bare>
      ${
        !parts
          ? html`<${Loading} />`
          : html`<ul class="rows">${parts.map(
              ({ name, ready, detail, since }) => html`
          <li key=${name}><div class="row"><span class="strong">${name}</span>
            <span class="push muted small">${ago(since)}</span><${Badge} tone=${ready ? 'good' : 'bad'}>${ready ? 'Ready' : 'Not ready'}</${Badge}></div>
            ${detail && html`<div class="small muted">${detail}</div>`}</li>`,
            )}</ul>`
      }
    </${Card}>`;
}

/** @param {{ errors: LiveDocument['errors'] | undefined }} props */
export const Errors = ({ errors }) => html`
  <${Card} title="Last errors" bare>
    ${
      !errors
        ? html`<${Loading} rows=${2} />`
        : errors.length === 0
          ? html`<${Empty} title="No errors" icon="check" />`
          : html`<ul class="rows">${errors.map(
              ({ time, part, message }) => html`
                <li><div class="row"><span class="strong">${part}</span><span class="push muted small num">${clock(time)}</span></div>
                  <div class="small bad-text">${message}</div></li>`,
            )}</ul>`
    }
  </${Card}>`;

/** @param {{ events: LiveDocument['recentEvents'] | undefined }} props */
export const RecentEvents = ({ events }) => html`
  <${Card} title="Last events" note="of the orders, as they stand in the log" bare>
    ${
      !events
        ? html`<${Loading} />`
        : events.length === 0
          ? html`<${Empty} title="Nothing has happened yet"><a href="#/try">Place an order</a> and see it flow.</${Empty}>`
          : html`<div class="table-scroll"><table>
              <thead><tr><th>Event</th><th>Order</th><th class="end wide-only">Place</th><th class="end">Time</th></tr></thead>
              <tbody>${events.slice(0, 12).map(
                ({ sequence, orderId, type, time }) => html`
                  <tr key=${sequence}><td class="strong">${type}</td>
                    <td><a class="mono" href=${hrefOf(['orders', orderId])}>${shortId(orderId)}</a></td>
                    <td class="end num muted wide-only">${count(sequence)}</td><td class="end num muted nowrap">${clock(time)}</td></tr>`,
              )}</tbody></table></div>`
    }
  </${Card}>`;

/** What an order is: whose, how much, and the words for how it ended. */
import { html } from 'htm/preact';
import { dateTime, enumWord, hasEnded, money } from '../../format.js';
import { hrefOf } from '../../router.js';
import { Status } from '../../ui/parts.js';

/** @import { Order } from '../../types.d.ts' */

/** @param {{ order: Order }} props */
export function Facts({ order }) {
  const reason = order.rejectionReason
    ? enumWord(order.rejectionReason, 'REJECTION_REASON')
    : order.cancellationReason
      ? enumWord(order.cancellationReason, 'CANCELLATION_REASON')
      : undefined;
  /** @type {[name: string, value: unknown][]} */
  const facts = [
    ['Status', html`<${Status} status=${order.status} />`],
    ['Total', html`<span class="num">${money(order.total)}</span>`],
    ['Customer', html`<a href=${hrefOf(['orders'], { query: order.customerId })}>${order.customerId}</a>`],
    ['Saga', enumWord(order.sagaMode, 'SAGA_MODE')],
    ['Created', dateTime(order.createTime)],
    ['Changed', dateTime(order.updateTime)],
    ...(hasEnded(order.status)
      ? []
      : [/** @type {[string, unknown]} */ (['Must end by', dateTime(order.deadline)])]),
    ['Version', html`<span class="num">${order.version}</span>`],
    ...(reason ? [/** @type {[string, unknown]} */ (['Reason', reason])] : []),
    ...(order.message ? [/** @type {[string, unknown]} */ (['Message', order.message])] : []),
    ...(order.paymentId
      ? [
          /** @type {[string, unknown]} */ ([
            'Payment',
            html`<span class="mono small">${order.paymentId}</span>`,
          ]),
        ]
      : []),
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Priced once they are reserved. @param {{ order: Order }} props */
export function Lines({ order }) {
  const lines = order.pricedLines?.length ? order.pricedLines : (order.lines ?? []);
  return html`
    <ul class="lines">
      ${lines.map(
        ({ sku, name, quantity, unitPrice, lineTotal }) => html`
          <li>
            <div class="item-name"><div class="strong">${name || sku}</div>
              <div class="muted small"><span class="mono">${sku}</span></div></div>
            <div class="num item-sum"><div>${lineTotal ? money(lineTotal) : 'not priced yet'}</div>
              <div class="muted small">${quantity} × ${unitPrice ? money(unitPrice) : '–'}</div></div>
          </li>`,
      )}
    </ul>`;
}

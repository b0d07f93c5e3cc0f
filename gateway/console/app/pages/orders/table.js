/** Orders as rows. */
import { html } from 'htm/preact';
import { ago, dateTime, enumWord, money, shortId } from '../../format.js';
import { useTick } from '../../hooks.js';
import { hrefOf } from '../../router.js';
import { Status } from '../../ui/parts.js';

/** @import { Order } from '../../types.d.ts' */

/** @param {{ orders: readonly Order[] }} props */
export function OrderTable({ orders }) {
  useTick();
  return html`
    <div class="table-scroll">
      <table class="stacked">
        <thead><tr><th>Order</th><th>Status</th><th>Customer</th><th>Items</th><th class="end">Total</th><th class="end">Created</th></tr></thead>
        <tbody>
          ${orders.map(
            (order) => html`
              <tr key=${order.orderId}>
                <td data-label="Order"><a class="cover mono" href=${hrefOf(['orders', order.orderId])}>${shortId(order.orderId)}</a></td>
                <td data-label="Status"><${Status} status=${order.status} /></td>
                <td data-label="Customer"><div class="truncate customer">${order.customerId}</div></td>
                <td data-label="Items"><div class="truncate items">${itemsOf(order)}</div></td>
                <td data-label="Total" class="end num nowrap">${order.total ? money(order.total) : whyNone(order)}</td>
                <td data-label="Created" class="end muted nowrap" title=${dateTime(order.createTime)}>${ago(order.createTime)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** @param {Order} order */
export const itemsOf = ({ lines = [] }) =>
  lines.map(({ sku, name, quantity }) => `${quantity} × ${name || sku}`).join(', ');

/** @param {Order} order */
const whyNone = ({ rejectionReason }) =>
  html`<span class="muted">${enumWord(rejectionReason, 'REJECTION_REASON')}</span>`;

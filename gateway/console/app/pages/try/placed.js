/** An order that was placed here, followed until it has ended. */
import { html } from 'htm/preact';
import { hasEnded, millis, shortId } from '../../format.js';
import { hrefOf } from '../../router.js';
import { Status } from '../../ui/parts.js';
import { useOrder } from '../order/useOrder.js';

/** @import { Placed } from '../../types.d.ts' */
/** @import { Wish } from './calls.js' */

/** @param {{ placed: Placed & { wish: Wish } }} props */
export function PlacedOrder({ placed: { orderId, consistencyToken, status, wish } }) {
  const { order, error } = useOrder(orderId, consistencyToken);
  const now = order?.status ?? status;
  const timeline = order?.timeline ?? [];
  const startMs = Date.parse(timeline[0]?.createTime ?? '');
  const tookMs = Date.parse(timeline.at(-1)?.createTime ?? '') - startMs;
  return html`
    <li data-token=${wish.paymentToken} data-status=${now}>
      <div class="row">
        <a class="mono strong" href=${hrefOf(['orders', orderId])}>${shortId(orderId)}</a>
        <${Status} status=${now} />
        <span class="muted small">${wish.quantity} × ${wish.sku}, <span class="mono">${wish.paymentToken}</span></span>
        ${hasEnded(now) && tookMs >= 0 && html`<span class="muted small num push">after ${millis(tookMs)}</span>`}
      </div>
      <ol class="trail">
        ${timeline.map(({ eventType, version }) => html`<li key=${version}>${eventType.replace(/^Order/, '')}</li>`)}
        ${!hasEnded(now) && html`<li class="open">…</li>`}
      </ol>
      ${order?.message && html`<p class="muted small">${order.message}</p>`}
      ${error && html`<p class="small bad-text" role="alert">${error.title}: ${error.message}</p>`}
    </li>`;
}

/** One order: how it stands and why, what happened in all services, and any moment of its past. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { getJson, queryOf } from '../../api.js';
import { canBeCancelled, hasEnded } from '../../format.js';
import { useAnswer } from '../../hooks.js';
import { hrefOf, replaceWith } from '../../router.js';
import { lackOf } from '../../session.js';
import { Badge, Card, Copy, Empty, Failure, Loading, PageHead, Stale, Status } from '../../ui/parts.js';
import { CancelDialog } from './cancel.js';
import { Explanation } from './explanation.js';
import { Facts, Lines } from './facts.js';
import { PastSlider } from './past.js';
import { Timeline } from './timeline.js';
import { useOrder } from './useOrder.js';

/** @import { Route } from '../../router.js' */
/** @import { Explanation as Explained, Order } from '../../types.d.ts' */

/** What an order waits for may change without an event of its own. */
const WAITING_MS = 3_000;

/** @param {{ route: Route }} props */
export function OneOrder({ route: { path, params } }) {
  const orderId = path[1] ?? '';
  const { order, error, again } = useOrder(orderId);
  const crumbs = html`<a href="#/orders">Orders</a>`;
  if (order)
    return html`<${Shown} order=${order} error=${error} version=${Number(params.get('version') ?? 0)} crumbs=${crumbs} again=${again} />`;
  return html`
    <${PageHead} title="Order" crumbs=${crumbs} />
    <${Card} bare>
      ${
        !error
          ? html`<${Loading} rows=${8} />`
          : error.status === 404
            ? html`<${Empty} title="There is no such order" icon="search"><a href="#/orders">To all orders</a></${Empty}>`
            : html`<${Failure} error=${error} again=${again} />`
      }
    </${Card}>`;
}

/** @param {{ order: Order, error: import('../../api.js').Problem | undefined, version: number, crumbs: unknown, again: () => void }} props */
function Shown({ order, error, version, crumbs, again }) {
  const { orderId } = order;
  const [isAsking, setAsking] = useState(false);
  const isPast = version > 0 && version < order.version;
  const at = queryOf({ at_version: isPast ? version : undefined });
  const path = `/v1/orders/${orderId}`;
  const everyMs = hasEnded(order.status) ? undefined : WAITING_MS;
  /** @type {{ data?: Explained, error?: import('../../api.js').Problem, again: () => void }} */
  const now = useAnswer((signal) => getJson(`${path}/explanation`, { signal }), [orderId, order.version], {
    everyMs,
  });
  /** @type {{ data?: { explained: Explained, order: Order }, error?: import('../../api.js').Problem }} */
  const past = useAnswer(
    async (signal) => {
      if (!isPast) return undefined;
      const [explained, then] = await Promise.all([
        getJson(`${path}/explanation${at}`, { signal }),
        getJson(`${path}${at}`, { signal }),
      ]);
      return { explained, order: then.order };
    },
    [orderId, at],
  );
  // Of another moment than is asked for, until that is there: what is shown says itself of which it is.
  const then = isPast ? past.data : undefined;
  const shown = then ?? { explained: now.data, order };
  const show = (/** @type {number} */ next) =>
    replaceWith(hrefOf(['orders', orderId], { version: next === order.version ? undefined : String(next) }));
  return html`
    <${PageHead} crumbs=${crumbs} title=${`Order ${orderId.slice(0, 8)}`}
      lead=${html`<span class="mono small order-id">${orderId}</span> <${Copy} text=${orderId} label="Copy the id" />`}>
      <${Status} status=${shown.order.status} />
      ${then && html`<${Badge} tone="busy">As it was at version ${then.order.version}</${Badge}>`}
      <button type="button" class="button danger" disabled=${!canBeCancelled(order.status) || lackOf('cancelOrder') !== undefined} title=${lackOf('cancelOrder')}
        onClick=${() => setAsking(true)}>
        ${order.status === 'ORDER_STATUS_COMPLETED' ? 'Cancel and refund' : 'Cancel'}
      </button>
    </${PageHead}>
    <div class="stack">
      <${Stale} error=${error} />
      ${order.version > 1 && html`<${PastSlider} order=${order} version=${isPast ? version : order.version} error=${isPast ? past.error : undefined} show=${show} />`}
      <div class="two wide-left">
        <div class="stack">
          <${Explanation} explained=${shown.explained} error=${now.error} again=${now.again} />
          <${Card} title="What happened" note="in all services, each after its cause">
            ${
              now.data?.events?.length
                ? html`<${Timeline} events=${now.data.events} reached=${then?.explained.events} />`
                : now.error
                  ? html`<${Failure} error=${now.error} again=${now.again} />`
                  : html`<${Loading} />`
            }
          </${Card}>
        </div>
        <div class="stack">
          <${Card} title="Order"><${Facts} order=${shown.order} /></${Card}>
          <${Card} title="Items" bare><${Lines} order=${shown.order} /></${Card}>
        </div>
      </div>
    </div>
    ${isAsking && html`<${CancelDialog} order=${order} onClose=${() => setAsking(false)} onDone=${again} />`}`;
}

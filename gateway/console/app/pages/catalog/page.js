/** All items: what is on the shelf, what of it is held for orders, and a way to change the stock. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { getJson, queryOf } from '../../api.js';
import { count, money } from '../../format.js';
import { useAnswer } from '../../hooks.js';
import { lackOf } from '../../session.js';
import { Icon } from '../../ui/icons.js';
import { Badge, Card, Empty, Failure, Loading, PageHead, Stale } from '../../ui/parts.js';
import { AdjustDialog } from './adjust.js';

/** @import { Item } from '../../types.d.ts' */

const PAGE_SIZE = 50;
const REFRESH_MS = 3_000;

export function Catalog() {
  const [pages, setPages] = useState(/** @type {string[]} */ ([]));
  const [adjusting, setAdjusting] = useState(/** @type {Item | undefined} */ (undefined));
  const query = queryOf({ page_size: PAGE_SIZE, page_token: pages.at(-1) });
  const answer = useAnswer(async (signal) => ({ query, page: await pageOf(query, signal) }), [query], {
    everyMs: REFRESH_MS,
  });
  const { error, again } = answer;
  const data = answer.data?.page;
  // What is shown may still be the page before this one, whose next page is this one.
  const next = answer.data?.query === query ? data?.nextPageToken : undefined;
  return html`
    <${PageHead} title="Catalog" lead="Stock on the shelf, and what of it is held for orders that have not ended" />
    <div class="stack">
      ${data && html`<${Stale} error=${error} />`}
      <${Card} bare>
        ${
          data?.items?.length
            ? html`<${Items} items=${data.items} adjust=${setAdjusting} />`
            : data
              ? html`<${Empty} title="The catalog is empty" icon="catalog">Add an item by <code>CatalogService/PutItem</code>.</${Empty}>`
              : error
                ? html`<${Failure} error=${error} again=${again} />`
                : html`<${Loading} rows=${8} />`
        }
        ${
          (next || pages.length > 0) &&
          html`<div class="table-foot"><span>Page ${pages.length + 1}, by SKU</span>
            <div class="row">
              <button type="button" class="button small" disabled=${pages.length === 0} onClick=${() => setPages(pages.slice(0, -1))}><${Icon} name="back" />Back</button>
              <button type="button" class="button small" disabled=${!next} onClick=${() => next && setPages([...pages, next])}>Next<${Icon} name="next" /></button>
            </div></div>`
        }
      </${Card}>
    </div>
    ${adjusting && html`<${AdjustDialog} item=${adjusting} onClose=${() => setAdjusting(undefined)} onDone=${again} />`}`;
}

/**
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<{ items?: Item[], nextPageToken?: string }>}
 */
const pageOf = (query, signal) => getJson(`/v1/items${query}`, { signal });

/** @param {{ items: readonly Item[], adjust: (item: Item) => void }} props */
const Items = ({ items, adjust }) => html`
  <div class="table-scroll">
    <table class="stacked">
      <thead><tr><th>Item</th><th class="end">Price</th><th class="end">On hand</th><th class="end">Reserved</th><th class="end">Available</th><th>Reserved share</th><th><span class="sr">Action</span></th></tr></thead>
      <tbody>${items.map((item) => html`<${Row} key=${item.sku} item=${item} adjust=${adjust} />`)}</tbody>
    </table>
  </div>`;

const PERCENT = 100;
const FEW = 5;

/** @param {{ item: Item, adjust: (item: Item) => void }} props */
function Row({ item, adjust }) {
  const [onHand, reserved, available] = [item.onHand, item.reserved, item.available].map((value) =>
    Number(value ?? 0),
  );
  const share = onHand ? ((reserved ?? 0) / onHand) * PERCENT : 0;
  return html`
    <tr data-sku=${item.sku}>
      <td data-label="Item"><div><div class="strong">${item.name}</div><div class="mono small muted">${item.sku}</div></div></td>
      <td data-label="Price" class="end num">${money(item.unitPrice)}</td>
      <td data-label="On hand" class="end num">${count(onHand)}</td>
      <td data-label="Reserved" class="end num">${count(reserved)}</td>
      <td data-label="Available" class="end num">${
        available === 0
          ? html`<${Badge} tone="bad">Sold out</${Badge}>`
          : (available ?? 0) <= FEW
            ? html`<${Badge} tone="warn">${count(available)} left</${Badge}>`
            : count(available)
      }</td>
      <td data-label="Reserved share" class="share">
        <div class="meter" role="img" aria-label=${`${share.toFixed(0)} % of the stock is reserved`}>
          <span class="is-reserved" style=${{ width: `${share}%` }} />
        </div></td>
      <td class="end"><button type="button" class="button small" aria-label=${`Adjust ${item.sku}`} disabled=${lackOf('adjustStock') !== undefined} title=${lackOf('adjustStock')} onClick=${() => adjust(item)}>Adjust</button></td>
    </tr>`;
}

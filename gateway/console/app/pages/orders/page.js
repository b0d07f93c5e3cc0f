/** All orders: search as one types, facets by status, limits, paging. What is asked for stands in the address. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { getJson, queryOf } from '../../api.js';
import { count, timeOf } from '../../format.js';
import { useAnswer, useSettled } from '../../hooks.js';
import { hrefOf, replaceWith } from '../../router.js';
import { Icon } from '../../ui/icons.js';
import { Card, Empty, Failure, Loading, PageHead, Stale } from '../../ui/parts.js';
import { Facets, Limits } from './filters.js';
import { OrderTable } from './table.js';

/** @import { OrderPage } from '../../types.d.ts' */
/** @import { Route } from '../../router.js' */

const PAGE_SIZE = 20;
const TYPING_MS = 180;
const REFRESH_MS = 4_000;
/** More are not counted. */
const COUNTED = 10_000;

/** @param {{ route: Route }} props */
export function Orders({ route: { params } }) {
  const asked = askedIn(params);
  const [typed, setTyped] = useState(asked.query);
  const settled = useSettled(typed.trim(), TYPING_MS);
  const question = queryOf(parametersOf(asked));
  const [turned, turn] = useState({ question, pages: /** @type {string[]} */ ([]) });
  /** Tokens of the pages before this one; they are good for their own question, and the address may have another by now. */
  const pages = turned.question === question ? turned.pages : [];
  const setPages = (/** @type {string[]} */ tokens) => turn({ question, pages: tokens });
  const pageToken = pages.at(-1) ?? '';
  /** @param {Partial<typeof asked>} change */
  const change = (change) => {
    setPages([]);
    replaceWith(hrefOf(['orders'], inAddress({ ...asked, ...change })));
  };
  useEffect(() => {
    if (settled !== asked.query) change({ query: settled });
  }, [settled]);
  useEffect(() => {
    // Not typed, but gone to.
    if (settled !== asked.query) setTyped(asked.query);
  }, [asked.query]);
  const search = queryOf({ ...parametersOf(asked), page_size: PAGE_SIZE, page_token: pageToken });
  const answer = useAnswer(
    async (signal) => ({ search, page: await pageOf(search, signal) }),
    [search],
    // A page further back stands still while one reads it.
    pages.length === 0 ? { everyMs: REFRESH_MS } : {},
  );
  const data = answer.data?.page;
  // What is shown may still be the answer to the question before this one, which goes on elsewhere.
  const next = answer.data?.search === search ? data?.nextPageToken : undefined;
  return html`
    <${PageHead} title="Orders" lead=${leadOf(data)}><a class="button primary" href="#/try"><${Icon} name="try" />Place an order</a></${PageHead}>
    <div class="stack">
      <div class="row">
        <label class="search">
          <span class="sr">Search</span><${Icon} name="search" />
          <input class="input" type="search" placeholder="Item, SKU or customer" maxlength="200" value=${typed}
            onInput=${(/** @type {InputEvent} */ { target }) => setTyped(/** @type {HTMLInputElement} */ (target).value)} />
          ${typed === '' && html`<kbd aria-hidden="true">/</kbd>`}
        </label>
        <${Limits} asked=${asked} change=${change} />
      </div>
      <${Facets} counts=${data?.statusCounts ?? []} chosen=${asked.statuses} change=${(/** @type {string[]} */ statuses) => change({ statuses })} />
      ${data && html`<${Stale} error=${answer.error} />`}
      <${Card} bare>
        <${Found} answer=${{ ...answer, data }} isFiltered=${search !== queryOf({ page_size: PAGE_SIZE })} />
        ${
          data &&
          (next || pages.length > 0) &&
          html`<div class="table-foot">
            <span>Page ${pages.length + 1}</span>
            <div class="row">
              <button type="button" class="button small" disabled=${pages.length === 0} onClick=${() => setPages(pages.slice(0, -1))}>
                <${Icon} name="back" />Newer</button>
              <button type="button" class="button small" disabled=${!next} onClick=${() => next && setPages([...pages, next])}>
                Older<${Icon} name="next" /></button>
            </div>
          </div>`
        }
      </${Card}>
    </div>`;
}

/**
 * @param {string} search
 * @param {AbortSignal} signal
 * @returns {Promise<OrderPage>}
 */
const pageOf = (search, signal) => getJson(`/v1/orders${search}`, { signal });

/** @param {{ answer: { data?: OrderPage, error?: import('../../api.js').Problem, again: () => void }, isFiltered: boolean }} props */
function Found({ answer: { data, error, again }, isFiltered }) {
  if (data?.orders?.length) return html`<${OrderTable} orders=${data.orders} />`;
  if (data && isFiltered)
    return html`<${Empty} title="No order matches" icon="search">Take a word or a status away.</${Empty}>`;
  if (data)
    return html`<${Empty} title="No orders yet"><a href="#/try">Place the first one</a>, or start with a load: <code>npm start -- --demo</code></${Empty}>`;
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  return html`<${Loading} rows=${8} />`;
}

/** @param {OrderPage | undefined} page */
function leadOf(page) {
  if (!page) return 'As the read model has them';
  const total = Number(page.totalSize ?? 0);
  if (total < 0) return 'From the aggregates themselves';
  const many = total >= COUNTED ? `${count(COUNTED)} or more` : count(total);
  return `${many} ${total === 1 ? 'order' : 'orders'}, as of log position ${count(page.readState?.logSequence)}`;
}

/** @typedef {{ query: string, statuses: string[], sort: string, from: string, until: string, min: string, max: string }} Asked */

/** @param {URLSearchParams} params @returns {Asked} */
const askedIn = (params) => ({
  query: params.get('query') ?? '',
  statuses: (params.get('statuses') ?? '').split(',').filter(Boolean),
  sort: params.get('sort') ?? '',
  from: params.get('from') ?? '',
  until: params.get('until') ?? '',
  min: params.get('min') ?? '',
  max: params.get('max') ?? '',
});

/** @param {Asked} asked */
const inAddress = (asked) => ({ ...asked, statuses: asked.statuses.join(',') });

const CURRENCY = 'EUR';

/** As the route has them. @param {Asked} asked */
const parametersOf = ({ query, statuses, sort, from, until, min, max }) => ({
  query,
  statuses,
  sort,
  created_after: timeOf(from),
  created_before: timeOf(until),
  min_total: min,
  max_total: max,
  currency: min || max ? CURRENCY : '',
});

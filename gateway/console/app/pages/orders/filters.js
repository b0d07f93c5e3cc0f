/** What narrows a list of orders: a facet a status, with how many there are, and limits of time and total. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { count, STATUSES, statusWord } from '../../format.js';

/** @import { StatusCount } from '../../types.d.ts' */
/** @import { Asked } from './page.js' */

/** @param {{ counts: StatusCount[], chosen: string[], change: (statuses: string[]) => void }} props */
export function Facets({ counts, chosen, change }) {
  const countOf = (/** @type {string} */ status) => counts.find((each) => each.status === status)?.count;
  const shown = STATUSES.filter((status) => countOf(status) || chosen.includes(status));
  /** @param {string} status */
  const toggle = (status) =>
    change(chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status]);
  return html`
    <div class="chips" role="group" aria-label="Statuses">
      <button type="button" class="chip" aria-pressed=${chosen.length === 0} onClick=${() => change([])}>All</button>
      ${shown.map(
        (status) => html`
          <button type="button" class="chip" aria-pressed=${chosen.includes(status)} onClick=${() => toggle(status)} key=${status}>
            ${statusWord(status)} <span class="num">${count(countOf(status))}</span>
          </button>`,
      )}
    </div>`;
}

/** @type {readonly [value: string, word: string][]} */
const SORTS = [
  ['', 'Newest first'],
  ['ORDER_SORT_CREATED_ASC', 'Oldest first'],
  ['ORDER_SORT_TOTAL_DESC', 'Highest total'],
  ['ORDER_SORT_TOTAL_ASC', 'Lowest total'],
];

/** @param {{ asked: Asked, change: (change: Partial<Asked>) => void }} props */
export function Limits({ asked, change }) {
  const [isOpen, setOpen] = useState(Boolean(asked.from || asked.until || asked.min || asked.max));
  /** @param {'sort' | 'from' | 'until' | 'min' | 'max'} name */
  const set =
    (name) =>
    (/** @type {Event} */ { target }) =>
      change({ [name]: /** @type {HTMLInputElement} */ (target).value });
  return html`
    <select class="input sort" aria-label="Sort" value=${asked.sort} onChange=${set('sort')}>
      ${SORTS.map(([value, word]) => html`<option value=${value}>${word}</option>`)}
    </select>
    <button type="button" class="button" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>Limits</button>
    ${
      isOpen &&
      html`<div class="card card-body form-grid limits">
        <label class="field"><span>Created from</span><input class="input" type="datetime-local" value=${asked.from} onChange=${set('from')} /></label>
        <label class="field"><span>Created before</span><input class="input" type="datetime-local" value=${asked.until} onChange=${set('until')} /></label>
        <label class="field"><span>Total from, EUR</span><input class="input" type="number" min="0" step="0.01" value=${asked.min} onChange=${set('min')} /></label>
        <label class="field"><span>Total up to, EUR</span><input class="input" type="number" min="0" step="0.01" value=${asked.max} onChange=${set('max')} /></label>
        <button type="button" class="button" onClick=${() => change({ from: '', until: '', min: '', max: '' })}>No limits</button>
      </div>`
    }`;
}

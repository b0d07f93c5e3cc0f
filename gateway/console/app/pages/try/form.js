/** What is ordered, and how it is paid. */
import { html } from 'htm/preact';
import { count, money } from '../../format.js';

/** @import { Item } from '../../types.d.ts' */
/** @import { ComponentChildren } from 'preact' */
/** @import { Wish } from './calls.js' */

/** The sandbox provider's tokens, and what each comes to. */
export const TOKENS = [
  { token: 'tok_ok', what: 'Charges at once' },
  { token: 'tok_declined', what: 'Is declined: the order is cancelled, its stock free again' },
  { token: 'tok_slow', what: 'Charges after 2 seconds' },
  { token: 'tok_flaky', what: 'Fails twice, then charges: once' },
  { token: 'tok_timeout', what: 'Charges, and answers too late: asked again under the same key' },
];

const MODES = [
  ['', "The server's default"],
  ['SAGA_MODE_CHOREOGRAPHY', 'Choreography: each reacts to the others’ events'],
  ['SAGA_MODE_ORCHESTRATION', 'Orchestration: Order tells the others by events'],
  ['SAGA_MODE_DIRECT', 'Direct: Order calls the others'],
];

/**
 * @param {{ wish: Wish, items: readonly Item[], change: (change: Partial<Wish>) => void, onSubmit: () => void,
 *   children?: ComponentChildren }} props
 */
export function OrderForm({ wish, items, change, onSubmit, children }) {
  const set =
    (/** @type {keyof Wish} */ name) =>
    (/** @type {Event} */ { target }) =>
      change({ [name]: /** @type {HTMLInputElement} */ (target).value });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSubmit();
  };
  return html`
    <form class="stack" onSubmit=${submit}>
      <div class="form-grid">
        <label class="field span-2"><span>Item</span><${ItemChoice} sku=${wish.sku} items=${items} onChange=${set('sku')} /></label>
        <label class="field"><span>Pieces</span>
          <input class="input num" type="number" min="1" max="10000" required value=${wish.quantity}
            onInput=${(/** @type {Event} */ { target }) => change({ quantity: Number(/** @type {HTMLInputElement} */ (target).value) })} /></label>
        <label class="field"><span>Customer</span>
          <input class="input" required maxlength="64" pattern="[A-Za-z0-9_\\-]+" title="Letters, digits, _ and -" value=${wish.customerId} onInput=${set('customerId')} /></label>
      </div>
      <fieldset class="tokens">
        <legend class="legend">Payment token</legend>
        ${TOKENS.map(
          ({ token, what }) => html`
            <label class="token"><input type="radio" name="token" value=${token} checked=${wish.paymentToken === token} onChange=${set('paymentToken')} />
              <span><span class="mono strong">${token}</span><span class="muted small">${what}</span></span></label>`,
        )}
      </fieldset>
      <label class="field"><span>Who drives the saga</span>
        <select class="input" value=${wish.sagaMode} onChange=${set('sagaMode')}>
          ${MODES.map(([value, word]) => html`<option value=${value}>${word}</option>`)}
        </select></label>
      ${children}
    </form>`;
}

/** Until the items are known, what is chosen alone. @param {{ sku: string, items: readonly Item[], onChange: (event: Event) => void }} props */
const ItemChoice = ({ sku, items, onChange }) => html`
  <select class="input" value=${sku} onChange=${onChange}>
    ${
      items.some((item) => item.sku === sku)
        ? items.map(
            (item) =>
              html`<option value=${item.sku} selected=${item.sku === sku}>${item.name}, ${money(item.unitPrice)}, ${count(item.available)} free</option>`,
          )
        : html`<option value=${sku}>${sku}</option>`
    }
  </select>`;

/** Adds pieces to an item's stock, or takes some away. */
import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import { postJson } from '../../api.js';
import { count } from '../../format.js';
import { useCommand } from '../../hooks.js';
import { AskDialog } from '../../ui/dialog.js';

/** @import { Item } from '../../types.d.ts' */

/** @param {{ item: Item, onClose: () => void, onDone: () => void }} props */
export function AdjustDialog({ item, onClose, onDone }) {
  const key = useRef(crypto.randomUUID());
  const [delta, setDelta] = useState('');
  const command = useCommand(async (/** @type {Record<string, string>} */ { delta, reason }) => {
    await postJson(`/v1/items/${encodeURIComponent(item.sku)}/adjustments`, { delta, reason }, key.current);
    onDone();
    onClose();
  });
  const after = Number(item.onHand ?? 0) + Number(delta || 0);
  const change = (/** @type {Event} */ { target }) => {
    setDelta(/** @type {HTMLInputElement} */ (target).value);
    // Another amount is another adjustment, and no repeat of one that failed.
    key.current = crypto.randomUUID();
  };
  return html`
    <${AskDialog} title=${`Adjust ${item.name}`} lead=${`${count(item.onHand)} on hand, ${count(item.reserved)} of them reserved`}
      action="Adjust the stock" isRunning=${command.isRunning} error=${command.error} onClose=${onClose} onSubmit=${command.start}>
      <label class="field"><span>Pieces to add; negative to take away</span>
        <input class="input num" name="delta" type="number" step="1" required autofocus value=${delta} onInput=${change} />
        <small class="num">${Number(delta) ? `${count(after)} on hand after it` : ' '}</small></label>
      <label class="field"><span>Why (it may be left out)</span><input class="input" name="reason" maxlength="500" /></label>
    </${AskDialog}>`;
}

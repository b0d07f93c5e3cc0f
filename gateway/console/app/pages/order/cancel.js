/** Asks for an order's end. */
import { html } from 'htm/preact';
import { useRef } from 'preact/hooks';
import { postJson } from '../../api.js';
import { money } from '../../format.js';
import { useCommand } from '../../hooks.js';
import { AskDialog } from '../../ui/dialog.js';

/** @import { Order } from '../../types.d.ts' */

/** @param {{ order: Order, onClose: () => void, onDone: () => void }} props */
export function CancelDialog({ order, onClose, onDone }) {
  // One key for the dialog: a second press repeats, and asks for nothing else.
  const key = useRef(crypto.randomUUID());
  const command = useCommand(async (/** @type {Record<string, string>} */ { message }) => {
    await postJson(`/v1/orders/${order.orderId}/cancel`, message ? { message } : {}, key.current);
    onDone();
    onClose();
  });
  const isCompleted = order.status === 'ORDER_STATUS_COMPLETED';
  const lead = isCompleted
    ? `${money(order.total)} are given back, and the goods go back on the shelf.`
    : 'What was charged is given back, and what is held is free again.';
  return html`
    <${AskDialog} title=${isCompleted ? 'Cancel and refund this order?' : 'Cancel this order?'} lead=${lead}
      action=${isCompleted ? 'Cancel and refund' : 'Cancel the order'} tone="danger" isRunning=${command.isRunning}
      error=${command.error} onClose=${onClose} onSubmit=${command.start}>
      <label class="field"><span>Why (it may be left out)</span>
        <textarea class="input" name="message" rows="2" maxlength="500"></textarea></label>
    </${AskDialog}>`;
}

/** Goes through an order's past: a place on the slider for each of its versions. */
import { html } from 'htm/preact';
import { clock } from '../../format.js';
import { Card, Notice } from '../../ui/parts.js';

/** @import { Order } from '../../types.d.ts' */

/** @param {{ order: Order, version: number, error: import('../../api.js').Problem | undefined, show: (version: number) => void }} props */
export function PastSlider({ order, version, error, show }) {
  const entry = order.timeline?.find((each) => each.version === version);
  const said = entry ? `${entry.eventType}, ${clock(entry.createTime)}` : '';
  const slide = (/** @type {Event} */ { target }) =>
    show(Number(/** @type {HTMLInputElement} */ (target).value));
  return html`
    <${Card} class="past">
      <div class="past-row">
        <label for="version"><span class="strong">Version <span class="num">${version}</span></span>
          <span class="muted num"> of ${order.version}</span><span class="muted"> · ${said}</span></label>
        <input id="version" class="slider" type="range" min="1" max=${order.version} step="1" value=${version}
          aria-valuetext=${`Version ${version} of ${order.version}: ${said}`} onInput=${slide} />
        <button type="button" class="button small" disabled=${version === order.version} onClick=${() => show(order.version)}>Now</button>
      </div>
      ${error && html`<${Notice} tone="bad"><b>${error.title}.</b> ${error.message}</${Notice}>`}
    </${Card}>`;
}

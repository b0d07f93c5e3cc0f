/** Who has signed in, until when, and what the token is not good for. */
import { html } from 'htm/preact';
import { clock } from './format.js';
import { knownCaller, signOut } from './session.js';
import { useOpenDialog } from './ui/dialog.js';

/** @import { Operation } from './types.d.ts' */

/** @param {{ onClose: () => void }} props */
export function AccountDialog({ onClose }) {
  const dialog = useOpenDialog();
  const { subject, scopes = [], operations = [], expireTime } = knownCaller() ?? {};
  const not = operations.filter(({ access }) => access === 'none');
  const own = operations.filter(({ access }) => access === 'own');
  return html`
    <dialog class="dialog" ref=${dialog} onClose=${onClose} aria-labelledby="account-title">
      <div class="content">
        <h2 id="account-title">${subject}</h2>
        <dl class="facts">
          <div><dt>Scopes</dt><dd class="mono small">${scopes.join(' ') || 'none'}</dd></div>
          ${expireTime && html`<div><dt>The token ends</dt><dd class="num">${new Date(expireTime).toLocaleDateString('en-GB')} ${clock(expireTime)}</dd></div>`}
        </dl>
        ${own.length > 0 && html`<${Operations} title="Of your own orders only" operations=${own} />`}
        ${not.length > 0 && html`<${Operations} title="Not with this token" operations=${not} />`}
        <div class="actions">
          <button type="button" class="button" onClick=${() => dialog.current?.close()}>Close</button>
          <button type="button" class="button primary" onClick=${() => signOut()}>Sign out</button>
        </div>
      </div>
    </dialog>`;
}

/** @param {{ title: string, operations: readonly Operation[] }} props */
const Operations = ({ title, operations }) => html`
  <section class="stack-sm" aria-label=${title}>
    <h3>${title}</h3>
    <ul class="operations">${operations.map(
      ({ operationId, summary, scopes }) =>
        html`<li key=${operationId}>${summary} <span class="muted small mono">${scopes.join(' or ')}</span></li>`,
    )}</ul>
  </section>`;

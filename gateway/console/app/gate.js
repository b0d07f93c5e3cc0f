/** The door of the console: where callers need a token, nothing is shown or asked before there is one. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { getJson } from './api.js';
import { useAnswer } from './hooks.js';
import { isRequired, knowCaller, signIn, signOut, useSession } from './session.js';
import { Shell } from './shell.js';
import { Logo } from './ui/icons.js';
import { Failure, Loading, Notice } from './ui/parts.js';

/** @import { ComponentChildren } from 'preact' */
/** @import { Caller } from './types.d.ts' */

export function Gate() {
  const { token, note } = useSession();
  if (!isRequired()) return html`<${Shell} />`;
  // Whoever signs in begins anew: nothing that was shown to another stays.
  return token ? html`<${SignedIn} key=${token} />` : html`<${SignIn} note=${note} />`;
}

function SignedIn() {
  /** @type {{ data?: Caller, error?: import('./api.js').Problem, again: () => void }} */
  const { data, error, again } = useAnswer(
    async (signal) => knowCaller(await getJson('/v1/caller', { signal })),
    [],
  );
  if (data) return html`<${Shell} />`;
  return html`
    <${Door} title="One moment">
      ${
        error
          ? html`<${Failure} error=${error} again=${again} />
            <button type="button" class="button" onClick=${() => signOut()}>Sign out</button>`
          : html`<${Loading} rows=${3} />`
      }
    </${Door}>`;
}

/** @param {{ note: string }} props */
function SignIn({ note }) {
  const [wrong, setWrong] = useState('');
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    if (!signIn(String(new FormData(form).get('token'))))
      setWrong('That is no token: paste it whole, and nothing else.');
  };
  const said = wrong || note;
  return html`
    <${Door} title="Sign in">
      <form class="stack" onSubmit=${submit}>
        ${said && html`<${Notice} tone="bad">${said}</${Notice}>`}
        <label class="field"><span>Token</span>
          <input class="input" type="password" name="token" required autofocus autocomplete="off" spellcheck=${false} />
          <small>A JWT of the issuer that this system trusts; where the key is your own, <code>orderlog token issue</code> makes one. It is
            kept until you sign out or close the tab.</small></label>
        <button type="submit" class="button primary">Sign in</button>
      </form>
      <p class="muted small">What each token may do: <code>docs/security.md</code>; the interface: <a href="/docs">API</a></p>
    </${Door}>`;
}

/** @param {{ title: string, children?: ComponentChildren }} props */
const Door = ({ title, children }) => html`
  <main class="door"><div class="card"><div class="card-body stack">
    <div class="brand"><${Logo} />Orderlog</div><h1>${title}</h1>${children}
  </div></div></main>`;

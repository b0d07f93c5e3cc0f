/** What surrounds each page: where one can go, whether all parts are well, and the settings of the console itself. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { AccountDialog } from './account.js';
import { Problem } from './api.js';
import { useAnswer } from './hooks.js';
import { KeyboardHelp, useKeyboard } from './keyboard.js';
import { PAGES, pageOf } from './pages.js';
import { hrefOf, useRoute } from './router.js';
import { knownCaller, lackOf } from './session.js';
import { useTheme } from './theme.js';
import { Icon, Logo } from './ui/icons.js';
import { Card, Empty, PageHead } from './ui/parts.js';

/** @import { Page } from './pages.js' */

const HEALTH_MS = 5_000;
const HEALTH_TIMEOUT_MS = 10_000;

export function Shell() {
  const route = useRoute();
  const found = pageOf(route);
  const [isOpen, setOpen] = useState(false);
  const [isHelpShown, showHelp] = useKeyboard(PAGES);
  const where = route.path.join('/');
  useEffect(() => {
    setOpen(false);
    scrollTo(0, 0);
    document.title = `${found?.page.title ?? 'Not found'} · Orderlog`;
    // Whoever does not see the page change is told by the focus; not on the first page, where one begins at the top.
    if (document.activeElement?.closest('.nav')) document.querySelector('h1')?.focus();
  }, [where]);
  const close = () => setOpen(false);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <div class="shell" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && close()}>
      <header class="topbar">
        <button type="button" class="icon-button" aria-label="Menu" aria-expanded=${isOpen} aria-controls="side"
          onClick=${() => setOpen(true)}><${Icon} name="menu" /></button>
        <a class="brand" href="#/"><${Logo} />Orderlog</a>
      </header>
      ${isOpen && html`<button type="button" class="scrim" aria-label="Close the menu" onClick=${close} />`}
      <aside class="side ${isOpen ? 'open' : ''}" id="side" aria-label="Pages and settings">
        <div class="row"><a class="brand" href="#/"><${Logo} />Orderlog</a>
          <button type="button" class="icon-button close push" aria-label="Close the menu" onClick=${close}><${Icon} name="close" /></button>
        </div>
        <${Nav} current=${found?.page.title} />
        <${Foot} onHelp=${() => showHelp(true)} />
      </aside>
      <main class="main" id="main" tabindex="-1">
        ${!found ? html`<${NotFound} />` : lackOf(found.page.needs) ? html`<${NotAllowed} page=${found.page} />` : html`<${found.show} route=${route} key=${where} />`}
      </main>
    </div>
    ${isHelpShown && html`<${KeyboardHelp} pages=${PAGES} onClose=${() => showHelp(false)} />`}`;
}

/** The fragment is the route: the browser's own jump would lose it. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

const NotFound = () => html`
  <h1 class="sr">Not found</h1>
  <${Empty} title="There is no such page" icon="search"><a href="#/">To the live overview</a></${Empty}>`;

/** @param {{ page: Page }} props */
const NotAllowed = ({ page: { title, needs } }) => html`
  <${PageHead} title=${title} />
  <${Card} bare><${Empty} title="Not with your token" icon="lock">${lackOf(needs)}</${Empty}></${Card}>`;

/** @param {{ current: string | undefined }} props */
const Nav = ({ current }) => html`
  <nav class="nav" aria-label="Pages">
    ${PAGES.map(
      ({ path, title, icon, needs }) => html`
        <a href=${hrefOf(path)} aria-current=${title === current ? 'page' : undefined}><${Icon} name=${icon} />${title}
          ${lackOf(needs) && html`<span class="lock" title=${lackOf(needs)}><${Icon} name="lock" /><span class="sr">, not with your token</span></span>`}</a>`,
    )}
  </nav>`;

/** @type {Readonly<Record<string, [icon: string, word: string]>>} */
const THEME_WORDS = { system: ['system', 'as the system'], light: ['sun', 'light'], dark: ['moon', 'dark'] };

/** @param {{ onHelp: () => void }} props */
function Foot({ onHelp }) {
  const [theme, nextTheme] = useTheme();
  const [icon = '', word] = THEME_WORDS[theme] ?? [];
  return html`
    <div class="side-foot">
      <${Health} />
      ${knownCaller() && html`<${Account} />`}
      <div class="row">
        <div class="side-tools">
          <button type="button" class="icon-button" aria-label=${`Colours: ${word}`} title=${`Colours: ${word}`} onClick=${nextTheme}>
            <${Icon} name=${icon} /></button>
          <button type="button" class="icon-button" aria-label="Keyboard" title="Keyboard (?)" onClick=${onHelp}>
            <${Icon} name="keyboard" /></button>
        </div>
        <div class="side-links push"><a href="/docs">API</a><a href="/openapi.json">OpenAPI</a></div>
      </div>
    </div>`;
}

function Account() {
  const [isOpen, setOpen] = useState(false);
  return html`
    <button type="button" class="account" aria-haspopup="dialog" onClick=${() => setOpen(true)}>
      <${Icon} name="person" /><span class="sr">Signed in as </span><span class="truncate">${knownCaller()?.subject}</span></button>
    ${isOpen && html`<${AccountDialog} onClose=${() => setOpen(false)} />`}`;
}

/** @typedef {{ ready: boolean, parts: Record<string, { ready: boolean }> }} Readiness */

/**
 * 503 says which part is not ready, and is an answer here; what else the gateway may say tells nothing of them.
 * @param {AbortSignal} signal
 * @returns {Promise<Readiness>}
 */
async function readiness(signal) {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]);
  const response = await fetch('/readyz', { signal: bound });
  const json = await response.json();
  if (!json.parts) throw new Problem({ ...json, status: response.status });
  return json;
}

function Health() {
  const { data, error } = useAnswer(readiness, [], { everyMs: HEALTH_MS });
  const missing = Object.entries(data?.parts ?? {}).flatMap(([name, { ready }]) => (ready ? [] : [name]));
  const [tone, word] = error
    ? ['bad', 'Gateway not reachable']
    : !data
      ? ['calm', 'Looking…']
      : missing.length > 0
        ? ['bad', `Not ready: ${missing.join(', ')}`]
        : ['good', 'All parts ready'];
  return html`<div class="health" role="status"><span class="dot tone-${tone}" />${word}</div>`;
}

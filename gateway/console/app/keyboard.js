/** Keys that work on every page: `g` and a letter goes to a page, `/` to the search, `?` shows what there is. */
import { html } from 'htm/preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { goTo, hrefOf } from './router.js';
import { useOpenDialog } from './ui/dialog.js';

/** @import { Page } from './pages.js' */

const CHORD_MS = 1_200;
const TYPING = 'input, textarea, select, [contenteditable]';

/** @param {readonly Page[]} pages @returns {[isHelpShown: boolean, showHelp: (isShown: boolean) => void]} */
export function useKeyboard(pages) {
  const [isHelpShown, showHelp] = useState(false);
  // With the first page, not after it is drawn: a key that is pressed meanwhile counts.
  useLayoutEffect(() => {
    let goUntilMs = 0;
    /** @param {KeyboardEvent} event */
    const press = (event) => {
      const isTyping = event.target instanceof Element && event.target.closest(TYPING);
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.timeStamp < goUntilMs ? pages.find(({ key }) => key === event.key) : undefined;
      goUntilMs = event.key === 'g' ? event.timeStamp + CHORD_MS : 0;
      if (target) goTo(hrefOf(target.path));
      else if (event.key === '?') showHelp(true);
      else if (event.key === '/') focusSearch();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [pages]);
  return [isHelpShown, showHelp];
}

function focusSearch() {
  if (focusField()) return;
  // Once the router has heard of it and the page stands there.
  addEventListener('hashchange', () => setTimeout(focusField), { once: true });
  goTo(hrefOf(['orders']));
}

function focusField() {
  const field = document.querySelector('input[type="search"]');
  if (field instanceof HTMLInputElement) field.focus();
  return field !== null;
}

/** @param {{ pages: readonly Page[], onClose: () => void }} props */
export function KeyboardHelp({ pages, onClose }) {
  const dialog = useOpenDialog();
  const keys = [
    ...pages.map(({ key, title }) => [['g', key], title]),
    [['/'], 'Search orders'],
    [['?'], 'These keys'],
  ];
  return html`
    <dialog class="dialog" ref=${dialog} onClose=${onClose} aria-labelledby="keys-title">
      <div class="content">
        <h2 id="keys-title">Keyboard</h2>
        <dl class="keys">
          ${keys.map(
            ([chord, what]) => html`
              <div><dt>${/** @type {string[]} */ (chord).map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${what}</dd></div>`,
          )}
        </dl>
        <div class="actions"><button type="button" class="button" onClick=${() => dialog.current?.close()}>Close</button></div>
      </div>
    </dialog>`;
}

/** A modal question: the browser's own dialog, which keeps the focus and closes on Escape. */
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { Notice } from './parts.js';

/** @import { Problem } from '../api.js' */
/** @import { ComponentChildren } from 'preact' */

/**
 * @param {{ title: string, lead?: ComponentChildren, action: string, tone?: 'primary' | 'danger', isRunning: boolean, error?: Problem,
 *   onClose: () => void, onSubmit: (values: Record<string, string>) => void, children?: ComponentChildren }} props
 */
export function AskDialog({
  title,
  lead,
  action,
  tone = 'primary',
  isRunning,
  error,
  onClose,
  onSubmit,
  children,
}) {
  const dialog = useOpenDialog();
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    onSubmit(Object.fromEntries([...data].map(([name, value]) => [name, String(value)])));
  };
  return html`
    <dialog class="dialog" ref=${dialog} onClose=${onClose} aria-labelledby="dialog-title">
      <form onSubmit=${submit}>
        <div><h2 id="dialog-title">${title}</h2>${lead && html`<p class="muted">${lead}</p>`}</div>
        ${children}
        ${error && html`<${Notice} tone="bad"><b>${error.title}.</b> ${error.message}</${Notice}>`}
        <div class="actions">
          <button type="button" class="button" onClick=${() => dialog.current?.close()}>Keep as it is</button>
          <button type="submit" class="button ${tone}" disabled=${isRunning}>${isRunning ? 'One moment…' : action}</button>
        </div>
      </form>
    </dialog>`;
}

export function useOpenDialog() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return dialog;
}

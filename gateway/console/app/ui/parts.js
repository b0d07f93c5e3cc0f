/** The small parts that all pages are made of. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { serviceOf, shortName, statusTone, statusWord } from '../format.js';
import { Icon } from './icons.js';

/** @import { Problem } from '../api.js' */
/** @import { ComponentChildren } from 'preact' */

/** @param {{ title: string, lead?: ComponentChildren, crumbs?: ComponentChildren, children?: ComponentChildren }} props */
export function PageHead({ title, lead, crumbs, children }) {
  return html`
    <header class="page-head">
      <div>
        ${crumbs && html`<div class="crumbs">${crumbs}</div>`}
        <h1 tabindex="-1">${title}</h1>
        ${lead && html`<p>${lead}</p>`}
      </div>
      ${children && html`<div class="row">${children}</div>`}
    </header>`;
}

/** @param {{ title?: string, note?: ComponentChildren, tools?: ComponentChildren, bare?: boolean, class?: string, children?: ComponentChildren }} props */
export function Card({ title, note, tools, bare = false, class: name = '', children }) {
  return html`
    <section class="card ${name}" aria-label=${title}>
      ${
        title &&
        html`<header class="card-head">
          <h2>${title}</h2>
          ${note && html`<span class="note">${note}</span>`}
          ${tools && html`<div class="row push">${tools}</div>`}
        </header>`
      }
      ${bare ? children : html`<div class="card-body">${children}</div>`}
    </section>`;
}

/** @param {{ tone?: string, plain?: boolean, children?: ComponentChildren }} props */
export const Badge = ({ tone = 'calm', plain = false, children }) =>
  html`<span class="badge tone-${tone} ${plain ? 'plain' : ''}">${children}</span>`;

/** @param {{ status: string | undefined }} props */
export const Status = ({ status }) =>
  html`<${Badge} tone=${statusTone(status)}>${statusWord(status)}</${Badge}>`;

/** @param {{ type: string }} props */
export const EventName = ({ type }) =>
  html`<span><span class="strong">${shortName(type)}</span> <span class="service service-${serviceOf(type)}">${serviceOf(type)}</span></span>`;

/** @param {{ rows?: number }} props */
export const Loading = ({ rows = 5 }) => html`
  <div class="skeleton" role="status"><div class="sr">Loading…</div>${Array.from({ length: rows }, () => html`<span />`)}</div>`;

/** @param {{ title: string, icon?: string, children?: ComponentChildren }} props */
export const Empty = ({ title, icon = 'empty', children }) => html`
  <div class="state"><${Icon} name=${icon} /><strong>${title}</strong>${children && html`<p>${children}</p>`}</div>`;

/** @param {{ error: Problem, again?: () => void }} props */
export const Failure = ({ error, again }) => html`
  <div class="state" role="alert">
    <${Icon} name="warning" /><strong>${error.title}</strong><p>${error.message}</p>
    ${again && html`<button type="button" class="button" onClick=${again}><${Icon} name="refresh" />Try again</button>`}
  </div>`;

/** Of what is shown still, though it could not be asked anew. @param {{ error: Problem | undefined }} props */
export const Stale = ({ error }) =>
  error &&
  html`<${Notice} tone="warn"><b>${error.title}.</b> ${error.message} What is shown is older.</${Notice}>`;

/** @param {{ tone: string, children?: ComponentChildren }} props */
export const Notice = ({ tone, children }) => html`
  <div class="notice tone-${tone}" role=${tone === 'bad' ? 'alert' : 'status'}>
    <${Icon} name=${tone === 'good' ? 'check' : 'warning'} /><div>${children}</div>
  </div>`;

const COPIED_MS = 1_500;

/** @param {{ text: string, label: string }} props */
export function Copy({ text, label }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    const timer = isCopied ? setTimeout(() => setCopied(false), COPIED_MS) : undefined;
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return html`
    <button type="button" class="icon-button tiny copy" aria-label=${isCopied ? 'Copied' : label} onClick=${copy}>
      <${Icon} name=${isCopied ? 'check' : 'copy'} />
    </button>`;
}

/** @param {{ text: string, label: string }} props */
export const Code = ({ text, label }) => html`
  <div class="code">
    <pre tabindex="0" aria-label=${label}>${text}</pre>
    <${Copy} text=${text} label=${`Copy: ${label}`} />
  </div>`;

/**
 * A number of its own. `unit` and `hint` say of what.
 * @param {{ name: string, value: ComponentChildren, unit?: string, hint?: ComponentChildren }} props
 */
export const Tile = ({ name, value, unit, hint }) => html`
  <div class="card tile">
    <dt>${name}</dt>
    <dd>${value}${unit && html`<span class="unit">${unit}</span>`}${hint && html`<div class="hint">${hint}</div>`}</dd>
  </div>`;

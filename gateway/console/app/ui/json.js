/** A value as indented, coloured JSON. */
import { html } from 'htm/preact';
import { Copy } from './parts.js';

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The text in pieces: each with what it is.
 * @param {string} text
 * @returns {{ kind: '' | 'key' | 'text' | 'other', text: string }[]}
 */
export function jsonPieces(text) {
  /** @type {{ kind: '' | 'key' | 'text' | 'other', text: string }[]} */
  const pieces = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, colon] = match;
    if (match.index > at) pieces.push({ kind: '', text: text.slice(at, match.index) });
    pieces.push({ kind: colon ? 'key' : quoted ? 'text' : 'other', text: quoted ?? whole });
    if (colon) pieces.push({ kind: '', text: colon });
    at = match.index + whole.length;
  }
  pieces.push({ kind: '', text: text.slice(at) });
  return pieces;
}

/** @param {{ value: unknown, label: string }} props */
export function Json({ value, label }) {
  const text = JSON.stringify(value, null, 2) ?? '';
  const pieces = jsonPieces(text).map(({ kind, text }) =>
    kind ? html`<span class="json-${kind}">${text}</span>` : text,
  );
  return html`
    <div class="code"><pre tabindex="0" aria-label=${label}>${pieces}</pre><${Copy} text=${text} label=${`Copy: ${label}`} /></div>`;
}

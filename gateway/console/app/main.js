/** The console begins here. */
import { html, render } from 'htm/preact';
import { Gate } from './gate.js';
import { applyKeptTheme } from './theme.js';

applyKeptTheme();
const root = document.getElementById('app');
if (root) render(html`<${Gate} />`, root);

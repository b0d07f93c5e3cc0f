/** The console begins here. */
import { html, render } from 'htm/preact';
import { Shell } from './shell.js';
import { applyKeptTheme } from './theme.js';

applyKeptTheme();
const root = document.getElementById('app');
if (root) render(html`<${Shell} />`, root);

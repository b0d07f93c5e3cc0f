/** An order in words: what came of it, what it waits for, how far each step of the saga is, and what is to come. */
import { html } from 'htm/preact';
import { enumWord } from '../../format.js';
import { Badge, Card, Failure, Loading, Notice } from '../../ui/parts.js';

/** @import { Explanation as Explained, ExplainedStep } from '../../types.d.ts' */

/** @type {Readonly<Record<string, string>>} */
const TONES = {
  OPEN: 'info',
  SUSPENDED: 'warn',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  UNDOING: 'warn',
  UNDONE: 'busy',
};

/** @param {{ explained: Explained | undefined, error: import('../../api.js').Problem | undefined, again: () => void }} props */
export function Explanation({ explained, error, again }) {
  return html`
    <${Card} title="What is going on" class="explanation">
      ${explained ? html`<${Words} explained=${explained} />` : error ? html`<${Failure} error=${error} again=${again} />` : html`<${Loading} rows=${3} />`}
    </${Card}>`;
}

/** @param {{ explained: Explained }} props */
function Words({
  explained: { summary, steps = [], waitingFor, ifNextStepFails, remaining = [], notKnown = [] },
}) {
  return html`
    <div class="stack">
      <p class="summary">${summary}</p>
      ${
        waitingFor &&
        html`<${Notice} tone=${waitingFor.hindrance ? 'warn' : 'info'}>
          <b>Waits for ${waitingFor.step}</b> (${waitingFor.service}). ${waitingFor.text} ${waitingFor.hindrance}</${Notice}>`
      }
      <ol class="steps" aria-label="Steps">${steps.map((step) => html`<${Step} step=${step} />`)}</ol>
      ${
        remaining.length > 0 &&
        html`<details><summary>What is to come</summary>
          <ol class="remaining">${remaining.map((each) => html`<li>${each}</li>`)}</ol>
          ${ifNextStepFails && html`<p class="muted small">${ifNextStepFails}</p>`}</details>`
      }
      ${notKnown.length > 0 && html`<${Notice} tone="warn"><b>Not known now.</b> ${notKnown.join('; ')}</${Notice}>`}
    </div>`;
}

/** @param {{ step: ExplainedStep }} props */
function Step({ step: { step, service, state = '', text } }) {
  const name = state.replace('STEP_STATE_', '');
  return html`
    <li class="step state-${name.toLowerCase()}">
      <div class="row"><span class="strong">${step}</span> <span class="service service-${service}">${service}</span></div>
      <${Badge} tone=${TONES[name] ?? 'calm'}>${enumWord(state, 'STEP_STATE')}</${Badge}>
      <div class="muted small step-text">${text}</div>
    </li>`;
}

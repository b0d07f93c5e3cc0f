/** One parked event: why it is parked, what it says, and how it came. */
import { html } from 'htm/preact';
import { ago, count, shortName } from '../../format.js';
import { lackOf } from '../../session.js';
import { Icon } from '../../ui/icons.js';
import { Json } from '../../ui/json.js';
import { Badge, Card, Notice } from '../../ui/parts.js';

/** @import { OfService } from './page.js' */

/** @param {{ parked: OfService, isRunning: boolean, onReplay: () => void, onDiscard: () => void }} props */
export function ParkedDetail({ parked, isRunning, onReplay, onDiscard }) {
  const isNext = !parked.ahead;
  const tools = html`
    <button type="button" class="button small primary" disabled=${isRunning || lackOf('replayParkedEvents') !== undefined} title=${lackOf('replayParkedEvents')}
      onClick=${onReplay}><${Icon} name="refresh" />${isRunning ? 'One moment…' : 'Replay'}</button>
    <button type="button" class="button small danger" disabled=${!isNext || lackOf('discardParkedEvent') !== undefined} title=${lackOf('discardParkedEvent')}
      onClick=${onDiscard}>Discard</button>`;
  return html`
    <${Card} title=${shortName(parked.type)} tools=${tools}>
      <div class="stack">
        ${
          parked.error
            ? html`<${Notice} tone="bad">${parked.error}</${Notice}>`
            : html`<${Notice} tone="info">It waits for ${count(parked.ahead)} earlier of the same aggregate.</${Notice}>`
        }
        <dl class="facts">
          <div><dt>Consumer</dt><dd>${parked.consumer}</dd></div>
          <div><dt>Place in the log</dt><dd class="num">${parked.stream} ${count(parked.sequence)}</dd></div>
          <div><dt>Parked</dt><dd>${ago(parked.parkTime)}</dd></div>
          <div><dt>Tried</dt><dd class="num">${count(parked.attempts)} times</dd></div>
          <div><dt>Behind it</dt><dd>${parked.waiting ? html`<${Badge} tone="warn">${count(parked.waiting)} wait</${Badge}>` : 'nothing'}</dd></div>
          <div><dt>Aggregate</dt><dd class="mono small">${parked.aggregateId}</dd></div>
        </dl>
        <div class="stack-sm"><h3>Payload</h3>
          ${
            parked.event
              ? html`<${Json} value=${parked.event} label="Payload" />`
              : html`<p class="muted">${count(parked.payloadBytes)} bytes that cannot be read as ${shortName(parked.type)}</p>`
          }</div>
        ${parked.headers && html`<div class="stack-sm"><h3>Headers</h3><${Json} value=${parked.headers} label="Headers" /></div>`}
      </div>
    </${Card}>`;
}

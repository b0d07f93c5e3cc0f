/** Events that could not be handled, and what waits behind them: look into one, try it again, or give it up. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { getJson } from '../../api.js';
import { count } from '../../format.js';
import { useAnswer } from '../../hooks.js';
import { Card, Empty, Failure, Loading, Notice, PageHead } from '../../ui/parts.js';
import { DiscardDialog, useReplay } from './actions.js';
import { ParkedDetail } from './detail.js';

/** @import { Parked } from '../../types.d.ts' */
/** @import { Problem } from '../../api.js' */
/** @typedef {Parked & { service: string }} OfService */

const SERVICES = ['order', 'catalog', 'payment'];
const REFRESH_MS = 3_000;

/** @typedef {{ events: OfService[], isMore: boolean, failed: { service: string, error: Problem }[] }} AllParked */

/** All services are asked; one that does not answer hides no other's. @param {AbortSignal} signal @returns {Promise<AllParked>} */
async function allParked(signal) {
  const answers = await Promise.allSettled(
    SERVICES.map(async (service) => {
      /** @type {{ events?: Parked[], nextPageToken?: string }} */
      const page = await getJson(`/v1/parked?service=${service}`, { signal });
      return { service, ...page };
    }),
  );
  const failed = answers.flatMap((answer, at) =>
    answer.status === 'rejected' ? [{ service: SERVICES[at] ?? '', error: answer.reason }] : [],
  );
  if (failed.length === SERVICES.length) throw failed[0]?.error;
  const pages = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  return {
    events: pages.flatMap(({ service, events = [] }) => events.map((event) => ({ ...event, service }))),
    isMore: pages.some(({ nextPageToken }) => nextPageToken),
    failed,
  };
}

export function ParkedEvents() {
  const { data, error, again } = useAnswer(allParked, [], { everyMs: REFRESH_MS });
  const [chosenId, choose] = useState('');
  const [discarding, setDiscarding] = useState(/** @type {OfService | undefined} */ (undefined));
  const replay = useReplay(again);
  const chosen = data?.events.find(({ parkedId }) => parkedId === chosenId) ?? data?.events[0];
  return html`
    <${PageHead} title="Parked events" lead="What could not be handled waits here with all that follows it; everything else flows on" />
    <div class="stack">
      ${data?.failed.map(({ service, error }) => html`<${Notice} tone="warn"><b>${service} cannot be asked.</b> ${error.message}</${Notice}>`)}
      ${replay.said && html`<${Notice} tone=${replay.said.tone}>${replay.said.text}</${Notice}>`}
      ${replay.error && html`<${Notice} tone="bad"><b>${replay.error.title}.</b> ${replay.error.message}</${Notice}>`}
      ${
        data?.events.length
          ? html`<div class="two wide-right">
              <${Card} title="Waiting" note=${`${count(data.events.length)}${data.isMore ? ' or more' : ''}`} bare>
                <${List} events=${data.events} chosen=${chosen} choose=${choose} />
              </${Card}>
              ${
                chosen &&
                html`<${ParkedDetail} key=${chosen.parkedId} parked=${chosen} isRunning=${replay.isRunning}
                onReplay=${() => replay.start(chosen)} onDiscard=${() => setDiscarding(chosen)} />`
              }
            </div>`
          : html`<${Card} bare>${
              data
                ? html`<${Nothing} isAll=${data.failed.length === 0} />`
                : error
                  ? html`<${Failure} error=${error} again=${again} />`
                  : html`<${Loading} />`
            }</${Card}>`
      }
    </div>
    ${discarding && html`<${DiscardDialog} parked=${discarding} onClose=${() => setDiscarding(undefined)} onDone=${again} />`}`;
}

/** @param {{ isAll: boolean }} props all services have told */
const Nothing = ({ isAll }) =>
  isAll
    ? html`<${Empty} title="Nothing is parked" icon="check">Every event that was read has been handled.</${Empty}>`
    : html`<${Empty} title="Not all could be asked">The others have nothing parked.</${Empty}>`;

/** @param {{ events: readonly OfService[], chosen: OfService | undefined, choose: (parkedId: string) => void }} props */
const List = ({ events, chosen, choose }) => html`
  <ul class="parked-list">
    ${events.map(
      (event) => html`
        <li key=${event.parkedId}>
          <button type="button" aria-current=${event === chosen ? 'true' : undefined} onClick=${() => choose(event.parkedId)}>
            <span class="row"><span class="strong">${event.type.split('.').at(-1)}</span>
              <span class="muted small">for</span><span class="service service-${event.service}">${event.consumer}</span></span>
            <span class="small ${event.error ? 'bad-text' : 'muted'} truncate">${event.error || `waits behind ${count(event.ahead)} earlier`}</span>
          </button>
        </li>`,
    )}
  </ul>`;

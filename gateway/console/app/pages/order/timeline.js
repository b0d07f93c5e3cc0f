/** The events of all services about an order, one below the other; beside them their lanes, with an arrow from each cause. */
import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clock, millis, serviceOf, shortName } from '../../format.js';
import { Json } from '../../ui/json.js';
import { arrows, LANE_PX, LANES, laneX } from './lanes.js';

/** @import { Explanation } from '../../types.d.ts' */
/** @typedef {NonNullable<Explanation['events']>[number]} Explained */

/** From the top of an event's row to the middle of its dot. */
const DOT_PX = 20;

/**
 * `reached`: what had happened at the moment that is shown; undefined: all.
 * @param {{ events: readonly Explained[], reached?: readonly Explained[] }} props
 */
export function Timeline({ events, reached }) {
  const list = useRef(/** @type {HTMLOListElement | null} */ (null));
  const ys = useRowPlaces(list, events.length);
  const isThere = new Set((reached ?? events).map(({ event }) => event?.eventId));
  const happened = events.map(({ service, event }) => ({
    eventId: event?.eventId ?? '',
    service,
    causeId: event?.cause?.eventId,
  }));
  const startMs = Date.parse(events[0]?.event?.createTime ?? '');
  return html`
    <div class="timeline">
      <div class="lane-names" aria-hidden="true">${LANES.map((lane) => html`<span class="service service-${lane}">${lane}</span>`)}</div>
      <div class="timeline-body">
        <${Lanes} happened=${happened} ys=${ys} isThere=${isThere} />
        <ol ref=${list}>
          ${events.map(
            (each) =>
              html`<${Row} key=${each.event?.eventId} explained=${each} startMs=${startMs} isAhead=${!isThere.has(each.event?.eventId)} />`,
          )}
        </ol>
      </div>
    </div>`;
}

/** @param {{ happened: import('./lanes.js').Happened[], ys: number[], isThere: Set<string | undefined> }} props */
function Lanes({ happened, ys, isThere }) {
  const height = (ys.at(-1) ?? 0) + DOT_PX;
  const width = LANES.length * LANE_PX;
  return html`
    <svg class="lanes" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
      <defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path class="tip" d="M0 0.5L7 4L0 7.5z" /></marker></defs>
      ${LANES.map((lane) => html`<path class="lane" d="M${laneX(lane)} 0V${height}" />`)}
      ${arrows(happened, ys).map(({ to, path }) => html`<path class="arrow ${isThere.has(happened[to]?.eventId) ? '' : 'ahead'}" d=${path} marker-end="url(#tip)" />`)}
      ${happened.map(({ service, eventId }, at) => html`<circle class="event service-${service} ${isThere.has(eventId) ? '' : 'ahead'}" cx=${laneX(service)} cy=${ys[at] ?? 0} r="5" />`)}
    </svg>`;
}

/** @param {{ explained: Explained, startMs: number, isAhead: boolean }} props */
function Row({ explained: { service, text, event }, startMs, isAhead }) {
  const type = event?.type ?? '';
  const afterMs = Date.parse(event?.createTime ?? '') - startMs;
  return html`
    <li class="happened ${isAhead ? 'ahead' : ''}">
      <details>
        <summary>
          <span class="head"><span class="strong">${shortName(type) || 'An event'}</span>
            <span class="service service-${service}">${service}</span>${isAhead && html`<span class="muted small">later</span>`}</span>
          <span class="muted small num time">${event?.createTime ? clock(event.createTime) : 'time not known'}
            ${afterMs > 0 && html`<span class="after"> +${millis(afterMs)}</span>`}</span>
          <span class="text">${text}</span>
        </summary>
        <${Raw} event=${event} />
      </details>
    </li>`;
}

/** @param {{ event: Explained['event'] }} props */
function Raw({ event }) {
  if (!event) return html`<p class="muted small">Its service could not be asked for it.</p>`;
  const { event: payload, ...rest } = event;
  const { '@type': _, ...fields } = payload ?? {};
  const what = `${serviceOf(event.type)} ${shortName(event.type)}`;
  return html`
    <div class="raw"><${Json} value=${fields} label=${`Payload of ${what}`} />
      <${Json} value=${rest} label=${`Envelope of ${what}`} /></div>`;
}

/**
 * The middle of each row's dot, measured anew whenever the list changes its size.
 * @param {{ current: HTMLOListElement | null }} list
 * @param {number} rows
 */
function useRowPlaces(list, rows) {
  const [ys, setYs] = useState(/** @type {number[]} */ ([]));
  useLayoutEffect(() => {
    const { current } = list;
    if (!current) return undefined;
    const measure = () =>
      setYs([...current.children].map((row) => /** @type {HTMLElement} */ (row).offsetTop + DOT_PX));
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, [rows]);
  return ys;
}

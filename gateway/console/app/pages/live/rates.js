/** How fast orders were placed and ended, since the page is shown. */
import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { rate, secondsClock } from '../../format.js';
import { Empty } from '../../ui/parts.js';
import { Plot } from '../../ui/plot.js';

/** @import { LiveDocument } from '../../types.d.ts' */
/** @typedef {{ time: number, placed: number, completed: number, back: number }} Sample */

/** At two a second: five minutes. */
const MAX_SAMPLES = 600;

/** @type {import('../../ui/plot.js').Line[]} */
const LINES = [
  { label: 'Placed', colour: '--accent' },
  { label: 'Completed', colour: '--good' },
  { label: 'Rolled back', colour: '--warn' },
];

/** @param {readonly Sample[]} samples @param {LiveDocument} document @returns {Sample[]} */
export function remember(samples, { time, flow: { events } }) {
  const at = Date.parse(time) / 1_000;
  if (samples.at(-1)?.time === at) return [...samples];
  const sum = (/** @type {string} */ boundary) =>
    events.filter((event) => event.boundary === boundary).reduce((all, event) => all + event.perSecond, 0);
  const sample = {
    time: at,
    placed: sum('START'),
    completed: sum('COMPLETE'),
    back: sum('ROLLBACK'),
  };
  return [...samples, sample].slice(-MAX_SAMPLES);
}

/** @param {{ samples: readonly Sample[] }} props */
export function Rates({ samples }) {
  const last = samples.at(-1);
  const data = useMemo(
    () =>
      /** @type {import('uplot').AlignedData} */ ([
        samples.map(({ time }) => time),
        samples.map(({ placed }) => placed),
        samples.map(({ completed }) => completed),
        samples.map(({ back }) => back),
      ]),
    [last?.time],
  );
  if (!last || samples.length < 2)
    return html`<${Empty} title="Nothing measured yet" icon="analytics">Rates show here while orders flow.</${Empty}>`;
  const label = `A second, now: ${rate(last.placed)} placed, ${rate(last.completed)} completed, ${rate(last.back)} rolled back`;
  return html`<${Plot} label=${label} lines=${LINES} data=${data} say=${rate} sayTime=${secondsClock} />`;
}

/** A plot: uPlot in the colours of the page, as wide as its place. */
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';

/** @import { AlignedData, Options, Series } from 'uplot' */

/** @typedef {{ label: string, colour: string, isBars?: boolean }} Line */

const HEIGHT_PX = 210;
const BAR_SHARE = 0.62;
const MAX_BAR_PX = 56;

/**
 * `data`: the times in seconds, then each line's values.
 * @param {{ label: string, lines: readonly Line[], data: AlignedData, say: (value: number) => string,
 *   sayTime: (seconds: number) => string }} props
 */
export function Plot({ label, lines, data, say, sayTime }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {UPlot | undefined} */ (undefined));
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsFor(current, lines, say, sayTime), latest.current, current);
    };
    const observer = new ResizeObserver(() => {
      if (current.clientWidth > 0) plot.current?.setSize({ width: current.clientWidth, height: HEIGHT_PX });
    });
    draw();
    observer.observe(current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    addEventListener('themechange', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
      removeEventListener('themechange', draw);
      plot.current?.destroy();
    };
  }, [lines]);
  useEffect(() => plot.current?.setData(data), [data]);
  return html`<figure role="img" aria-label=${label}><div class="plot" ref=${place} /></figure>`;
}

/** @param {HTMLElement} place @param {readonly Line[]} lines @param {(value: number) => string} say @param {(seconds: number) => string} sayTime @returns {Options} */
function optionsFor(place, lines, say, sayTime) {
  const [ink, grid] = [colourOf(place, '--ink-3'), colourOf(place, '--line')];
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const isBars = lines.some((line) => line.isBars);
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width: place.clientWidth || 300,
    height: HEIGHT_PX,
    cursor: { y: false, points: { size: 7 } },
    legend: { live: true },
    scales: {
      x: { time: true, range: isBars ? besides : undefined },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 76, values: (_plot, seconds) => seconds.map(sayTime) },
      { ...axis, size: 62, values: (_plot, values) => values.map(say) },
    ],
    series: [
      { value: (_plot, seconds) => (seconds ? sayTime(seconds) : '–') },
      ...lines.map((line) => seriesOf(place, line, say)),
    ],
  };
}

/** @param {HTMLElement} place @param {Line} line @param {(value: number) => string} say @returns {Series} */
function seriesOf(place, { label, colour, isBars = false }, say) {
  const stroke = colourOf(place, colour);
  return {
    label,
    stroke,
    width: isBars ? 0 : 2,
    points: { show: false },
    fill: isBars ? stroke : undefined,
    paths: isBars ? UPlot.paths.bars?.({ size: [BAR_SHARE, MAX_BAR_PX], radius: 0.12 }) : undefined,
    value: (_plot, value) => (value === null || value === undefined ? '–' : say(value)),
  };
}

const HALF_DAY_S = 43_200;

/** Room for half a bar, of a day each, on both sides. @param {UPlot} _plot @param {number | null} min
 * @param {number | null} max @returns {[number, number]} */
const besides = (_plot, min, max) => [(min ?? 0) - HALF_DAY_S, (max ?? 0) + HALF_DAY_S];

/** What a variable comes to here: canvases know none. @param {HTMLElement} place @param {string} variable */
function colourOf(place, variable) {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** What the plots have in common: colours for light and dark, a frame, an axis. Text and shapes only, no script. Pure. */
import { escaped } from './blocks.ts';
import { number } from './figure.ts';

/** Told apart by those who do not tell red from green too (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#999999'] as const;
export const colour = (n: number): string => COLOURS[n % COLOURS.length] ?? COLOURS[0];

export const ROW_PX = 30;
export const TOP_PX = 64;
const LABEL_PX = 180;
const PLOT_PX = 620;
const RIGHT_PX = 90;
const AXIS_PX = 44;
/** Above it ticks between powers of ten would stand too close. */
const MANY_DECADES = 3;

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; font-size: 15px; }
    .soft { fill: #59636e; }
    .grid { stroke: #818b98; stroke-opacity: 0.3; }
    .whisker { stroke: #1f2328; stroke-width: 1.5; }
    .paper { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .soft { fill: #9198a1; }
      .whisker { stroke: #f0f6fc; }
      .paper { fill: #0d1117; }
    }`;

export interface Scale {
  /** In px from the left. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

const between = (share: number): number => LABEL_PX + Math.min(1, Math.max(0, share)) * PLOT_PX;

/** From 0 to at least `max`, with round ticks. */
export function linear(max: number): Scale {
  const step = roundStep(Math.max(max, 1e-9) / 5);
  const end = Math.ceil(max / step - 1e-9) * step || step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, n) => n * step);
  return { at: (value) => between(value / end), ticks };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10) * power;
}

/** In powers of ten around all values, which are above 0. */
export function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const first = Math.floor(Math.log10(Math.min(1, ...positive)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...positive, 1))));
  const steps = last - first > MANY_DECADES ? [1] : [1, 2, 5];
  const decades = Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n));
  const ticks = decades
    .flatMap((decade) => steps.map((step) => step * decade))
    .filter((tick) => tick <= 10 ** last);
  const smallest = 10 ** first;
  return {
    at: (value) => between((Math.log10(Math.max(value, smallest)) - first) / (last - first)),
    ticks,
  };
}

export interface Frame {
  readonly title: string;
  readonly unit: string;
  readonly legend: readonly string[];
  readonly labels: readonly string[];
  readonly scale: Scale;
}

export const middleOf = (row: number): number => TOP_PX + row * ROW_PX + ROW_PX / 2;

/** `shapes` are drawn over the grid. */
export function framed({ title, unit, legend, labels, scale }: Frame, shapes: readonly string[]): string {
  const width = LABEL_PX + PLOT_PX + RIGHT_PX;
  const bottom = TOP_PX + labels.length * ROW_PX;
  const height = bottom + AXIS_PX;
  let x = LABEL_PX;
  const keys = legend.map((name, n) => {
    const key = `<rect x="${x}" y="38" width="11" height="11" fill="${colour(n)}"/><text class="soft" x="${x + 16}" y="48">${escaped(name)}</text>`;
    x += 34 + name.length * 6.6;
    return key;
  });
  const grid = scale.ticks.map((tick) => {
    const at = scale.at(tick).toFixed(1);
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP_PX}" y2="${bottom}"/><text class="soft" x="${at}" y="${bottom + 18}" text-anchor="middle">${number(tick)}</text>`;
  });
  const names = labels.map(
    (label, row) =>
      `<text x="${LABEL_PX - 12}" y="${middleOf(row) + 4}" text-anchor="end">${escaped(label)}</text>`,
  );
  const end = `<text class="soft" x="${LABEL_PX + PLOT_PX}" y="${bottom + 36}" text-anchor="end">${escaped(unit)}</text>`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="paper" width="${width}" height="${height}"/>`,
    `  <text class="title" x="16" y="24">${escaped(title)}</text>`,
    ...[...keys, ...grid, ...names, ...shapes, end].map((shape) => `  ${shape}`),
    '</svg>',
  ].join('\n')}\n`;
}

/** The graph as SVG: text and shapes only, no script and no font of its own, in the reader's light or dark colours. */
import type { Graph, GraphEdge } from '../../platform/saga/graph.ts';
import { type Placed, place } from './layout.ts';

const BOX = { width: 210, height: 76 };
const GAP = { x: 150, y: 80 };
const MARGIN = 28;
const TOP = 56;
const LINE_PX = 15;

interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly paper: string;
  readonly box: string;
  readonly line: string;
  readonly good: string;
  readonly back: string;
}

const LIGHT: Palette = {
  ink: '#1f2328',
  soft: '#59636e',
  paper: '#ffffff',
  box: '#f6f8fa',
  line: '#818b98',
  good: '#1a7f37',
  back: '#bc4c00',
};
const DARK: Palette = {
  ink: '#f0f6fc',
  soft: '#9198a1',
  paper: '#0d1117',
  box: '#151b23',
  line: '#656c76',
  good: '#3fb950',
  back: '#db6d28',
};

/** Colours in full where they are used: not every viewer knows CSS variables. */
const colours = ({ ink, soft, paper, box, line, good, back }: Palette): string => `
    text { fill: ${soft}; }
    .title { fill: ${ink}; }
    .label { fill: ${ink}; stroke: ${paper}; }
    .paper { fill: ${paper}; }
    .box { fill: ${box}; stroke: ${line}; }
    .start, .complete { stroke: ${good}; }
    .rollback, .undo { stroke: ${back}; }
    .edge { stroke: ${line}; }
    .edge.back { stroke: ${back}; }
    .tip { fill: ${line}; }
    .tip.back { fill: ${back}; }`;

const STYLE = `
    text { font: 12px system-ui, sans-serif; text-anchor: middle; }
    .title { font-weight: 600; font-size: 14px; }
    .name { font-size: 18px; text-anchor: start; }
    .box { stroke-width: 1.5; }
    .undo { stroke-dasharray: 5 3; }
    .edge { fill: none; stroke-width: 1.5; marker-end: url(#tip); }
    .edge.back { marker-end: url(#back); }
    .edge.deadline { stroke-dasharray: 5 4; }
    .label { paint-order: stroke; stroke-width: 5px; stroke-linejoin: round; }${colours(LIGHT)}
    @media (prefers-color-scheme: dark) {${colours(DARK)}
    }`;

const marker = (id: string): string =>
  `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip ${id}" d="M0 0L8 4L0 8z"/></marker>`;

export function svg(graph: Graph): string {
  const nodes = place(graph);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const width = Math.max(...nodes.map((node) => left(node))) + BOX.width + MARGIN;
  const height = Math.max(...nodes.map((node) => top(node))) + BOX.height + MARGIN;
  const edges = graph.edges.flatMap((edge) => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    return from && to ? [line(edge, from, to)] : [];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(graph.title)}">`,
    `  <style>${STYLE}\n  </style>`,
    `  <defs>${marker('tip')}${marker('back')}</defs>`,
    `  <rect class="paper" width="${width}" height="${height}"/>`,
    `  <text class="title name" x="${MARGIN}" y="34">${escaped(graph.title)}</text>`,
    ...edges.map(({ path }) => `  ${path}`),
    ...nodes.map((node) => `  ${box(node)}`),
    ...edges.flatMap(({ labels }) => labels.map((label) => `  ${label}`)),
    '</svg>',
  ].join('\n')}\n`;
}

const left = ({ column }: Placed): number => MARGIN + column * (BOX.width + GAP.x);
const top = ({ row }: Placed): number => TOP + row * (BOX.height + GAP.y);

function box(node: Placed): string {
  const [x, y] = [left(node), top(node)];
  const middle = x + BOX.width / 2;
  const first = y + (BOX.height - node.lines.length * LINE_PX) / 2 + 4;
  const radius = node.kind === 'step' || node.kind === 'undo' ? 6 : BOX.height / 2;
  const lines = node.lines.map(
    (line, at) => `<text x="${middle}" y="${first + (at + 1) * LINE_PX + 2}">${escaped(line)}</text>`,
  );
  return [
    `<rect class="box ${node.kind}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${radius}"/>`,
    `<text class="title" x="${middle}" y="${first}">${escaped(node.title)}</text>`,
    ...lines,
  ].join('');
}

/** A point, in px. */
type Point = readonly [x: number, y: number];

/** From the right side of one to the left side of the other; past a column in between, in the lane between two rows. */
function line({ kind, labels }: GraphEdge, from: Placed, to: Placed) {
  const start: Point = [left(from) + BOX.width, top(from) + BOX.height / 2];
  const end: Point = [left(to), top(to) + BOX.height / 2];
  const isFar = to.column - from.column !== 1;
  const lane = to.row < from.row ? top(from) - GAP.y / 2 : top(from) + BOX.height + GAP.y / 2;
  const bends: readonly Point[] = [
    [start[0] + GAP.x, lane],
    [end[0] - GAP.x, lane],
  ];
  const points = isFar ? [...bends, end] : [end];
  const curves = points.map((point, at) => curve(points[at - 1] ?? start, point));
  const name = { forward: 'edge', undo: 'edge back', deadline: 'edge deadline' }[kind];
  const x = (start[0] + end[0]) / 2;
  const y = isFar ? lane : (start[1] + end[1]) / 2;
  // On the line where it falls or climbs; else above it, but below where others climb from the same side.
  const [above, below] = [-7 - (labels.length - 1) * LINE_PX, LINE_PX];
  const onLine = 4 - ((labels.length - 1) * LINE_PX) / 2;
  const isLevel = from.row === to.row;
  const first = y + (isFar || (isLevel && from.row === 0) ? above : isLevel ? below : onLine);
  return {
    path: `<path class="${name}" d="M${start.join(' ')}${curves.join('')}"/>`,
    labels: labels.map(
      (label, at) => `<text class="label" x="${x}" y="${first + at * LINE_PX}">${escaped(label)}</text>`,
    ),
  };
}

/** Leaves and arrives level. */
function curve([x1, y1]: Point, [x2, y2]: Point): string {
  const middle = (x1 + x2) / 2;
  return `C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The saga as a diagram, drawn from its definition; orders that move through it are dots on its edges. */
import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { problemOf } from '../api.js';
import { count, rate } from '../format.js';
import { Failure, Loading } from '../ui/parts.js';
import { flowOf, movedAlong } from './flow.js';
import { layOut, NODE } from './layout.js';
import { roundedPath } from './path.js';

/** @import { LiveEvent, SagaGraph } from '../types.d.ts' */
/** @import { Placed, PlacedEdge, PlacedNode } from './layout.js' */

/** Below, the way goes down instead of to the right. */
const NARROW_PX = 900;
const TRAVEL_MS = 1_100;
/** More on one edge at once say nothing more. */
const MAX_DOTS = 5;
const LOOK_MS = 500;

/** @param {{ graph: SagaGraph, events: readonly LiveEvent[] | undefined }} props */
export function SagaDiagram({ graph, events }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const { placed, error } = useLayout(frame, graph);
  return html`
    <div class="saga" ref=${frame}>
      ${placed ? html`<${Drawing} placed=${placed} title=${graph.title} events=${events ?? []} />` : error ? html`<${Failure} error=${error} />` : html`<${Loading} />`}
    </div>`;
}

/** @param {{ placed: Placed, title: string, events: readonly LiveEvent[] }} props */
function Drawing({ placed, title, events }) {
  const dots = useRef(/** @type {SVGGElement | null} */ (null));
  useDots(dots, placed, events);
  const scroll = useRef(/** @type {HTMLDivElement | null} */ (null));
  useLayoutEffect(() => showStart(scroll.current, placed), [placed]);
  const { width, height, nodes, edges } = placed;
  return html`
    <div class="saga-scroll" ref=${scroll} tabindex="0" role="group" aria-label=${title}>
      <svg viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img" aria-label=${inWords(placed, events)}>
        <defs>${['forward', 'undo', 'deadline'].map(
          (
            kind,
          ) => html`<marker id=${`saga-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path class="saga-tip ${kind}" d="M0 0.5L8 4L0 7.5z" /></marker>`,
        )}</defs>
        ${edges.map((edge) => html`<path class="saga-edge ${edge.kind}" d=${roundedPath(edge.points)} marker-end=${`url(#saga-${edge.kind})`} />`)}
        <g ref=${dots} />
        ${nodes.map((node) => html`<${Node} node=${node} flow=${flowOf(events, node.events)} />`)}
        ${edges.flatMap(({ texts }) => texts.map(({ text, x, y }) => html`<text class="saga-label" x=${x} y=${y}>${text}</text>`))}
      </svg>
    </div>`;
}

/** @param {{ node: PlacedNode, flow: import('./flow.js').Flow }} props */
function Node({ node: { x, y, kind, title, service, lines }, flow }) {
  const isEnd = kind === 'complete' || kind === 'rollback';
  const name = isEnd || kind === 'start' ? title.replace(/^Order/, '') : title;
  return html`
    <g class="saga-node ${kind} ${flow.perSecond > 0 ? 'busy' : ''}" transform="translate(${x} ${y})">
      <title>${[title, ...lines].join(', ')}</title>
      <rect class="box" width=${NODE.width} height=${NODE.height} rx=${isEnd || kind === 'start' ? NODE.height / 2 : 10} />
      <text class="name" x="18" y="26">${name}</text>
      <text class="who service-${service}" x="18" y="45">${service}</text>
      <text class="total" x=${NODE.width - 18} y="26">${count(flow.total)}</text>
      <text class="rate" x=${NODE.width - 18} y="45">${flow.perSecond > 0 ? `${rate(flow.perSecond)}/s` : ''}</text>
    </g>`;
}

/**
 * Where the diagram is wider than its frame, one begins with its start and the step that follows it.
 * @param {HTMLDivElement | null} frame
 * @param {Placed} placed
 */
function showStart(frame, { nodes, edges }) {
  const start = nodes.find(({ kind }) => kind === 'start');
  const forward = edges.find(({ from, kind }) => from === start?.id && kind === 'forward');
  const first = nodes.find(({ id }) => id === forward?.to);
  if (!frame || !start || !first) return;
  frame.scrollLeft = (start.x + first.x + NODE.width - frame.clientWidth) / 2;
}

/** For whoever does not see it. @param {Placed} placed @param {readonly LiveEvent[]} events */
const inWords = ({ nodes }, events) =>
  nodes.map(({ title, events: types }) => `${title}: ${flowOf(events, types).total}`).join(', ');

/** Laid out again when the frame becomes narrow or wide. @param {{ current: HTMLDivElement | null }} frame @param {SagaGraph} graph */
function useLayout(frame, graph) {
  const [direction, setDirection] = useState(/** @type {'RIGHT' | 'DOWN' | undefined} */ (undefined));
  const [state, setState] = useState(
    /** @type {{ placed?: Placed, error?: import('../api.js').Problem }} */ ({}),
  );
  useEffect(() => {
    const { current } = frame;
    if (!current) return undefined;
    const observer = new ResizeObserver(() =>
      setDirection(current.clientWidth < NARROW_PX ? 'DOWN' : 'RIGHT'),
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    let isShown = true;
    if (direction)
      layOut(graph, direction).then(
        (placed) => isShown && setState({ placed }),
        (error) => isShown && setState({ error: problemOf(error) }),
      );
    return () => {
      isShown = false;
    };
  }, [graph, direction]);
  return state;
}

/** @param {{ current: SVGGElement | null }} layer @param {Placed} placed @param {readonly LiveEvent[]} events */
function useDots(layer, placed, events) {
  const before = useRef(/** @type {readonly LiveEvent[]} */ ([]));
  useEffect(() => {
    const known = before.current;
    before.current = events;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden;
    if (known.length === 0 || isStill || !layer.current) return;
    for (const [edge, moved] of movedAlong(placed, known, events)) {
      const shown = Math.min(moved, MAX_DOTS);
      for (let n = 0; n < shown; n += 1)
        travel(layer.current, /** @type {PlacedEdge} */ (edge), (n * LOOK_MS) / shown);
    }
  }, [events]);
}

/** @param {SVGGElement} layer @param {PlacedEdge} edge @param {number} delayMs */
function travel(layer, edge, delayMs) {
  const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
  dot.setAttribute('r', '4.5');
  dot.setAttribute('class', `saga-dot ${edge.kind}`);
  dot.style.offsetPath = `path("${roundedPath(edge.points)}")`;
  layer.append(dot);
  const way = [
    { offsetDistance: '0%', opacity: 0 },
    { offsetDistance: '8%', opacity: 1 },
    { offsetDistance: '92%', opacity: 1 },
    { offsetDistance: '100%', opacity: 0 },
  ];
  const options = {
    duration: TRAVEL_MS,
    delay: delayMs,
    easing: 'ease-in-out',
    fill: /** @type {const} */ ('both'),
  };
  dot.animate(way, options).finished.finally(() => dot.remove());
}

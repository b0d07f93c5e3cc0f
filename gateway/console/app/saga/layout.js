/** Where the parts of the saga's diagram stand: laid out by ELK, in a worker of its own. */
import 'elkjs/lib/elk-api.js';

/** @import { ELK, ElkExtendedEdge, ElkNode, ElkPoint } from 'elkjs/lib/elk-api.js' */
/** @import { SagaEdge, SagaGraph, SagaNode } from '../types.d.ts' */

/** @typedef {SagaNode & { x: number, y: number }} PlacedNode */
/** @typedef {{ text: string, x: number, y: number }} PlacedLabel */
/** @typedef {SagaEdge & { id: string, points: ElkPoint[], texts: PlacedLabel[] }} PlacedEdge */
/** @typedef {{ nodes: PlacedNode[], edges: PlacedEdge[], width: number, height: number }} Placed */

export const NODE = { width: 158, height: 62 };
const LABEL = { charPx: 6.6, linePx: 14 };

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.spacing.nodeNode': '30',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.padding': '[top=6,left=6,bottom=6,right=6]',
};

/** @type {ELK | undefined} */
let elk;

/** @returns {ELK} */
function engine() {
  if (elk) return elk;
  const { ELK } = /** @type {{ ELK: new (options: { workerUrl: string }) => ELK }} */ (
    /** @type {unknown} */ (globalThis)
  );
  elk = new ELK({ workerUrl: '/console/vendor/elkjs/lib/elk-worker.min.js' });
  return elk;
}

/**
 * @param {SagaGraph} graph
 * @param {'RIGHT' | 'DOWN'} direction
 * @returns {Promise<Placed>}
 */
export async function layOut({ nodes, edges }, direction) {
  const idOf = (/** @type {SagaEdge} */ { from, to }) => `${from} ${to}`;
  /** @type {ElkNode} */
  const laid = await engine().layout({
    id: 'saga',
    layoutOptions: { ...OPTIONS, 'elk.direction': direction },
    children: nodes.map(({ id }) => ({ id, ...NODE })),
    edges: edges.map((edge) => ({
      id: idOf(edge),
      sources: [edge.from],
      targets: [edge.to],
      labels: edge.labels.map((text) => ({ text, width: text.length * LABEL.charPx, height: LABEL.linePx })),
    })),
  });
  const places = new Map((laid.children ?? []).map((node) => [node.id, node]));
  const ways = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    nodes: nodes.map((node) => ({ ...node, x: places.get(node.id)?.x ?? 0, y: places.get(node.id)?.y ?? 0 })),
    edges: edges.map((edge) => ({ ...edge, id: idOf(edge), ...wayOf(ways.get(idOf(edge))) })),
    width: laid.width ?? 0,
    height: laid.height ?? 0,
  };
}

/** @param {ElkExtendedEdge | undefined} edge */
function wayOf(edge) {
  const [section] = edge?.sections ?? [];
  const points = section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : [];
  const texts = (edge?.labels ?? []).map(({ text = '', x = 0, y = 0, width = 0 }) => ({
    text,
    x: x + width / 2,
    y: y + LABEL.linePx - 3,
  }));
  return { points, texts };
}

/** The graph as Mermaid text (flowchart). */
import type { EdgeKind, Graph, GraphEdge, GraphNode, NodeKind } from '../../platform/saga/graph.ts';

const SHAPES: Readonly<Record<NodeKind, readonly [string, string]>> = {
  start: ['([', '])'],
  step: ['[', ']'],
  undo: ['[', ']'],
  complete: ['([', '])'],
  rollback: ['([', '])'],
};
const ARROWS: Readonly<Record<EdgeKind, string>> = { forward: '-->', undo: '-.->', deadline: '-.->' };

export function mermaid({ nodes, edges }: Graph): string {
  return ['flowchart LR', ...nodes.map(nodeLine), ...edges.map(edgeLine)].join('\n  ');
}

function nodeLine({ id, kind, title, lines }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${id}${open}"${[`<b>${text(title)}</b>`, ...lines.map(text)].join('<br/>')}"${close}`;
}

function edgeLine({ from, to, kind, labels }: GraphEdge): string {
  const label = labels.length > 0 ? `|"${labels.map(text).join('<br/>')}"|` : '';
  return `${from} ${ARROWS[kind]}${label} ${to}`;
}

const text = (value: string): string => value.replaceAll(/["<>#]/g, (sign) => `#${sign.charCodeAt(0)};`);

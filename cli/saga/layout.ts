/**
 * Where the nodes of the diagram stand: in columns from left to right as far as they are from the start, the way to
 * completion in the first row, and what leads elsewhere in the rows below.
 */
import type { Graph, GraphNode } from '../../platform/saga/graph.ts';

export interface Placed extends GraphNode {
  readonly column: number;
  readonly row: number;
}

/** In the order of the rows: what the start begins, then what the deadline begins. */
export function place({ nodes, edges }: Graph): readonly Placed[] {
  const columns = columnsOf({ nodes, edges });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Map<string, Placed>();
  const isTaken = (column: number, row: number) =>
    [...placed.values()].some((other) => other.column === column && other.row === row);
  const put = (id: string, row: number, kinds: readonly string[]): void => {
    const node = byId.get(id);
    if (!node || placed.has(id)) return;
    const column = columns.get(id) ?? 0;
    let free = row;
    while (isTaken(column, free)) free += 1;
    placed.set(id, { ...node, column, row: free });
    for (const edge of edges.filter(({ from, kind }) => from === id && kinds.includes(kind)))
      put(edge.to, free, kinds);
  };
  const below = (): number => Math.max(0, ...[...placed.values()].map(({ row }) => row)) + 1;
  for (const { id, kind } of nodes) if (kind === 'start') put(id, 0, ['forward']);
  const isBack = (id: string) =>
    edges.some(({ to, kind, from }) => to === id && kind === 'undo' && placed.has(from));
  const back = below();
  for (const { id } of nodes.filter(({ id }) => isBack(id))) put(id, back, ['undo']);
  const late = below();
  for (const { to } of edges.filter(({ kind }) => kind === 'deadline')) put(to, late, ['forward', 'undo']);
  const rest = below();
  for (const { id } of nodes) put(id, rest, ['forward', 'undo']);
  return [...placed.values()];
}

/** The longest way to each from a node that nothing leads to; circles are cut where they close. */
function columnsOf({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  const columnOf = (id: string, path: readonly string[]): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    const before = edges.filter(({ from, to }) => to === id && !path.includes(from));
    const column = Math.max(-1, ...before.map(({ from }) => columnOf(from, [...path, id]))) + 1;
    columns.set(id, column);
    return column;
  };
  for (const { id } of nodes) columnOf(id, [id]);
  return columns;
}

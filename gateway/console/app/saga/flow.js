/** What flows through the saga's diagram, from what the log has told: counts at each node, and orders on each edge. Pure. */

/** @import { LiveEvent, SagaEdge, SagaNode } from '../types.d.ts' */
/** @typedef {{ total: number, perSecond: number }} Flow */

/** @param {readonly LiveEvent[]} events @param {readonly string[]} types @returns {Flow} */
export function flowOf(events, types) {
  const own = events.filter(({ type }) => types.includes(type));
  const sum = (/** @type {'total' | 'perSecond'} */ name) => own.reduce((all, event) => all + event[name], 0);
  return { total: sum('total'), perSecond: sum('perSecond') };
}

/**
 * How many orders went along each edge from one look to the next. An event that may lead to several ends went to that which
 * was reached.
 * @param {{ edges: readonly SagaEdge[], nodes: readonly SagaNode[] }} graph
 * @param {readonly LiveEvent[]} before
 * @param {readonly LiveEvent[]} after
 * @returns {ReadonlyMap<SagaEdge, number>}
 */
export function movedAlong({ edges, nodes }, before, after) {
  const moved = (/** @type {readonly string[]} */ types) =>
    Math.max(0, flowOf(after, types).total - flowOf(before, types).total);
  const isEnd = (/** @type {SagaNode | undefined} */ node) =>
    node?.kind === 'complete' || node?.kind === 'rollback';
  return new Map(
    edges.map((edge) => {
      const target = nodes.find(({ id }) => id === edge.to);
      const along = moved(edge.events);
      return [edge, isEnd(target) ? Math.min(along, moved(target?.events ?? [])) : along];
    }),
  );
}

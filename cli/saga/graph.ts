/** A saga as a graph, for the diagrams: its start, steps, compensations and ends, and what leads from one to another. */
import { shortName } from '../../platform/events.ts';
import type { SagaDefinition, SagaStep } from '../../platform/saga/definition.ts';
import { duration } from './words.ts';

export type NodeKind = 'start' | 'step' | 'undo' | 'complete' | 'rollback';
/** `undo`: on the way back; `deadline`: from outside, at any moment. */
export type EdgeKind = 'forward' | 'undo' | 'deadline';

export interface GraphNode {
  /** Letters, digits and underscores. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly lines: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** One event a line. */
  readonly labels: readonly string[];
}

export interface Graph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export function graphOf(saga: SagaDefinition): Graph {
  const steps = saga.steps.flatMap((step): GraphNode[] => [stepNode(step, saga), ...undoNode(step)]);
  const ends = saga.ends.map(({ event, kind, undoes }): GraphNode => {
    const lines = [
      kind === 'COMPLETE' ? 'completes' : 'rolls back',
      ...(undoes ? [`after ${shortName(undoes)}`] : []),
    ];
    return {
      id: endId(event),
      kind: kind === 'COMPLETE' ? 'complete' : 'rollback',
      title: shortName(event),
      lines,
    };
  });
  const { event, deadlineMs } = saga.start;
  const start: GraphNode = {
    id: 'start',
    kind: 'start',
    title: shortName(event),
    lines: ['starts', `at most ${duration(deadlineMs)}`],
  };
  const nodes = [start, ...steps, ...ends];
  return { title: `The saga ${saga.name}`, nodes, edges: edgesOf(saga, nodes) };
}

function stepNode(step: SagaStep, { events }: SagaDefinition): GraphNode {
  const last = step.succeeded.filter((type) =>
    events.some((each) => each.type === type && each.next.length === 0),
  );
  return {
    id: stepId(step.name),
    kind: 'step',
    title: step.name,
    lines: [
      `${step.service}, ${step.kind?.toLowerCase() ?? 'of no kind'}`,
      `within ${duration(step.deadlineMs)}`,
      ...last.map((type) => `ends with ${shortName(type)}`),
    ],
  };
}

function undoNode({ name, service, compensation }: SagaStep): GraphNode[] {
  if (!compensation) return [];
  const { event, deadlineMs } = compensation;
  const lines = [service, `within ${duration(deadlineMs)}`, `ends with ${shortName(event)}`];
  return [{ id: undoId(name), kind: 'undo', title: `undo ${name}`, lines }];
}

function edgesOf(saga: SagaDefinition, nodes: readonly GraphNode[]): GraphEdge[] {
  const ids = new Map<string, string>([
    ...saga.ends.map(({ event }) => [event, endId(event)] as const),
    ...saga.steps.flatMap(({ name, compensation }) => [
      [name, stepId(name)] as const,
      ...(compensation ? [[compensation.event, undoId(name)] as const] : []),
    ]),
  ]);
  const kindOf = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const goesBack = (to: string) => kindOf.get(to) === 'rollback' || kindOf.get(to) === 'undo';
  const edges = new Map<string, GraphEdge>();
  const add = (from: string, to: string | undefined, labels: readonly string[], kind?: EdgeKind): void => {
    if (to === undefined) return;
    const known = edges.get(`${from} ${to}`)?.labels ?? [];
    const isBack = goesBack(to) || kindOf.get(from) === 'rollback';
    edges.set(`${from} ${to}`, {
      from,
      to,
      kind: kind ?? (isBack ? 'undo' : 'forward'),
      labels: [...known, ...labels],
    });
  };
  const { next, atDeadline } = saga.start;
  for (const target of next) add('start', ids.get(target), []);
  if (atDeadline) add('start', ids.get(atDeadline), ['at the deadline,', 'or asked for'], 'deadline');
  for (const { type, step, boundary, role, next: targets } of saga.events) {
    const from = step ? stepId(step) : endId(type);
    const isFrom = boundary === undefined ? role === 'SUCCEEDED' || role === 'FAILED' : boundary !== 'START';
    for (const target of isFrom ? targets : []) add(from, ids.get(target), step ? [shortName(type)] : []);
  }
  return [...edges.values()];
}

const plain = (name: string): string => name.replaceAll(/\W/g, '_');
const stepId = (name: string): string => `step_${plain(name)}`;
const undoId = (name: string): string => `undo_${plain(name)}`;
const endId = (event: string): string => `done_${plain(shortName(event))}`;

/**
 * A saga as a graph, for the diagrams (docs/saga.svg, `orderlog saga show`, the console): its start, steps, compensations and
 * ends, and what leads from one to another.
 */
import { shortName } from '../events.ts';
import type { SagaDefinition, SagaStep } from './definition.ts';
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
  /** Who does it. */
  readonly service: string;
  /** Short names of the events that tell that an order has it behind it. */
  readonly events: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** One event a line. */
  readonly labels: readonly string[];
  /** Short names of the events that take an order along it. */
  readonly events: readonly string[];
}

export interface Graph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export function graphOf(saga: SagaDefinition): Graph {
  const serviceOf = (event: string) => saga.events.find(({ type }) => type === event)?.service ?? '';
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
      service: serviceOf(event),
      events: [shortName(event)],
    };
  });
  const { event, deadlineMs } = saga.start;
  const start: GraphNode = {
    id: 'start',
    kind: 'start',
    title: shortName(event),
    lines: ['starts', `at most ${duration(deadlineMs)}`],
    service: serviceOf(event),
    events: [shortName(event)],
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
    service: step.service,
    events: [...step.succeeded, ...step.failed].map(shortName),
  };
}

function undoNode({ name, service, compensation }: SagaStep): GraphNode[] {
  if (!compensation) return [];
  const { event, deadlineMs } = compensation;
  const lines = [service, `within ${duration(deadlineMs)}`, `ends with ${shortName(event)}`];
  const events = [shortName(event)];
  return [{ id: undoId(name), kind: 'undo', title: `undo ${name}`, lines, service, events }];
}

type Told = Pick<GraphEdge, 'labels' | 'events'> & { readonly kind?: EdgeKind };

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
  const add = (from: string, to: string | undefined, edge: Told): void => {
    const { labels, events, kind } = edge;
    if (to === undefined) return;
    const known = edges.get(`${from} ${to}`);
    const isBack = goesBack(to) || kindOf.get(from) === 'rollback';
    edges.set(`${from} ${to}`, {
      from,
      to,
      kind: kind ?? (isBack ? 'undo' : 'forward'),
      labels: [...(known?.labels ?? []), ...labels],
      events: [...(known?.events ?? []), ...events],
    });
  };
  const { event: started, next, atDeadline } = saga.start;
  for (const target of next) add('start', ids.get(target), { labels: [], events: [shortName(started)] });
  if (atDeadline) {
    const labels = ['at the deadline,', 'or asked for'];
    add('start', ids.get(atDeadline), { labels, events: askedFor(atDeadline, saga), kind: 'deadline' });
  }
  for (const { type, step, boundary, role, next: targets } of saga.events) {
    const from = step ? stepId(step) : endId(type);
    const isFrom = boundary === undefined ? role === 'SUCCEEDED' || role === 'FAILED' : boundary !== 'START';
    const events = [shortName(type)];
    for (const target of isFrom ? targets : [])
      add(from, ids.get(target), { labels: step ? events : [], events });
  }
  return [...edges.values()];
}

/** The requests for a step that are made whoever drives the saga. */
const askedFor = (step: string, { events }: SagaDefinition): readonly string[] =>
  events
    .filter((each) => each.step === step && each.role === 'REQUESTED' && each.modes.includes('CHOREOGRAPHY'))
    .map(({ type }) => shortName(type));

const plain = (name: string): string => name.replaceAll(/\W/g, '_');
const stepId = (name: string): string => `step_${plain(name)}`;
const undoId = (name: string): string => `undo_${plain(name)}`;
const endId = (event: string): string => `done_${plain(shortName(event))}`;

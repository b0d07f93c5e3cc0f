/** A saga as tables: its steps, its ends, and the ways back; as plain text and as Markdown. */
import { shortName } from '../../platform/events.ts';
import { requestsUpon } from '../../platform/saga/conductor.ts';
import type { SagaDefinition, SagaEnd, SagaStep } from '../../platform/saga/definition.ts';
import { flowOf } from '../../platform/saga/flow.ts';
import { duration, endName, named } from '../../platform/saga/words.ts';
import { table } from '../table.ts';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const sagaTables = (saga: SagaDefinition): readonly Table[] => [
  stepTable(saga),
  endTable(saga),
  wayBackTable(saga),
  requestTable(saga),
];

function stepTable(saga: SagaDefinition): Table {
  return {
    title: 'Steps',
    head: [
      'step',
      'service',
      'kind',
      'begins with',
      'succeeds with',
      'fails with',
      'stands still with',
      'within',
    ],
    rows: saga.steps.map((step) => [
      step.name,
      step.service,
      step.kind?.toLowerCase() ?? '–',
      begins(step, saga),
      named(step.succeeded),
      named(step.failed),
      named(step.suspended),
      duration(step.deadlineMs),
    ]),
  };
}

function begins(step: SagaStep, { events, start }: SagaDefinition): string {
  const asked = events.filter(
    ({ type, modes }) => step.requested.includes(type) && modes.includes('CHOREOGRAPHY'),
  );
  const upon = named([...step.begunBy, ...asked.map(({ type }) => type)]);
  return step.name === start.atDeadline ? `${upon} (asked for, or at the deadline)` : upon;
}

function endTable(saga: SagaDefinition): Table {
  return {
    title: 'Ends',
    head: ['end', 'saga', 'comes of', 'then'],
    rows: saga.ends.map((end) => [
      endName(end),
      end.kind === 'COMPLETE' ? 'completes' : 'rolls back',
      named(saga.events.flatMap(({ type, next }) => (next.includes(end.event) ? [type] : []))),
      then(end, saga) || 'nothing more',
    ]),
  };
}

/** What follows upon an end: steps, and what is undone. */
const then = (end: SagaEnd, { steps }: SagaDefinition): string =>
  steps
    .flatMap(({ name, succeeded, compensation }) => [
      ...(end.next.includes(name) ? [`${name}: ${named(succeeded)}`] : []),
      ...(compensation && end.next.includes(compensation.event)
        ? [`undo ${name}: ${shortName(compensation.event)}`]
        : []),
    ])
    .join('; ');

/** Each outcome that leads to an end without a sale. */
function wayBackTable(saga: SagaDefinition): Table {
  const back = saga.ends.filter(({ kind }) => kind === 'ROLLBACK');
  const rows = saga.steps.flatMap((step) =>
    [...step.failed, ...step.succeeded].flatMap((type) =>
      back
        .filter(({ event }) => saga.events.some((each) => each.type === type && each.next.includes(event)))
        .map((end) => [step.name, shortName(type), endName(end), then(end, saga) || 'nothing was done']),
    ),
  );
  return { title: 'Ways back', head: ['step', 'on', 'the saga ends with', 'what is undone'], rows };
}

/** What follows as a request where one service drives the saga: an event that the others obey, or a call. */
function requestTable(saga: SagaDefinition): Table {
  const asks = requestsUpon(saga);
  const { serviceOf } = flowOf(saga);
  const rows = saga.events.flatMap(({ type }) =>
    asks(type).map((request) => {
      const step = saga.events.find((event) => event.type === request)?.step ?? '';
      return [shortName(type), serviceOf(step) ?? '', shortName(request)];
    }),
  );
  return { title: 'What its conductor asks for', head: ['upon', 'asks', 'by'], rows };
}

export function plainTable({ title, head, rows }: Table): string {
  const lines = table([head.map((name) => name.toUpperCase()), ...rows]);
  return `${title}\n${lines.replaceAll(/^(?=.)/gm, '  ')}`;
}

export function markdownTable({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * A saga's definition as plain data, put together from the options on its event messages (event.ts): its start, its steps in
 * the order in which they are reached, and its ends. Whether it makes sense is the lint's to say; here only what would
 * leave no definition at all is refused.
 *
 * Steps are told apart by their name. A step belongs to the service whose events are its outcomes; requests and notes may
 * be another's.
 */
import { OrderlogError } from '../errors.ts';
import { descriptors } from '../grpc/descriptors.ts';
import { type Kind, type Role, type SagaEvent, sagaEvents } from './event.ts';

/** How the effect of a step is undone. */
export interface Compensation {
  /** Full name of the event that tells that it is undone. */
  readonly event: string;
  /** Full names of what asks for it. */
  readonly requested: readonly string[];
  /** Full names of what it follows upon. */
  readonly begunBy: readonly string[];
  readonly deadlineMs: number | undefined;
}

/** Events are full names. */
export interface SagaStep {
  readonly name: string;
  /** Who does it, such as `order`. */
  readonly service: string;
  /** undefined: not said. */
  readonly kind: Kind | undefined;
  /** The events upon which it begins, whoever drives the saga. */
  readonly begunBy: readonly string[];
  readonly requested: readonly string[];
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly compensated: readonly string[];
  readonly suspended: readonly string[];
  readonly noted: readonly string[];
  /** undefined: not said. */
  readonly deadlineMs: number | undefined;
  readonly compensation: Compensation | undefined;
}

export interface SagaEnd {
  readonly event: string;
  readonly kind: 'COMPLETE' | 'ROLLBACK';
  /** The end after which alone it may be reached. */
  readonly undoes: string | undefined;
  readonly next: readonly string[];
}

export interface SagaDefinition {
  readonly name: string;
  readonly start: {
    readonly event: string;
    readonly deadlineMs: number | undefined;
    /** The step that begins when the deadline has passed, or when the saga is asked to end before. */
    readonly atDeadline: string | undefined;
    readonly next: readonly string[];
  };
  readonly steps: readonly SagaStep[];
  readonly ends: readonly SagaEnd[];
  /** All of them. */
  readonly events: readonly SagaEvent[];
}

/** The definition of a saga in the descriptor image. Throws OrderlogError where there is none. */
export function readSaga(name: string, all = sagaEvents(descriptors().registry)): SagaDefinition {
  const events = all.get(name);
  if (events) return defineSaga(name, events);
  const known = [...all.keys()].join(', ') || 'none';
  throw new OrderlogError(
    'NOT_FOUND',
    'SAGA_UNKNOWN',
    `no event belongs to a saga ${name}; there are: ${known}`,
  );
}

/** The names of the sagas in the descriptor image. */
export const sagaNames = (): readonly string[] => [...sagaEvents(descriptors().registry).keys()];

/** Throws OrderlogError unless exactly one event is the start. */
export function defineSaga(name: string, events: readonly SagaEvent[]): SagaDefinition {
  const [start, other] = events.filter(({ boundary }) => boundary === 'START');
  if (!start || other) {
    const what = start && other ? `two starts, ${start.type} and ${other.type}` : 'no start';
    const mend = `set boundary: SAGA_BOUNDARY_START on ${start ? 'one event only' : 'the event that begins it'}`;
    throw new OrderlogError('FAILED_PRECONDITION', 'SAGA_UNREADABLE', `saga ${name} has ${what}: ${mend}`);
  }
  return {
    name,
    start: {
      event: start.type,
      deadlineMs: start.deadlineMs,
      atDeadline: start.atDeadline,
      next: start.next,
    },
    steps: stepsInOrder(start, events).map((step) => toStep(step, events)),
    ends: events.flatMap((event) => toEnd(event, events)),
    events,
  };
}

/** Names of the steps: as they follow upon one another from the start, then what begins at the deadline, then the rest. */
function stepsInOrder(start: SagaEvent, events: readonly SagaEvent[]): string[] {
  const found = new Set<string>();
  const follow = (targets: readonly string[]): void => {
    const begun = targets.filter((target) => !found.has(target));
    for (const target of begun) found.add(target);
    for (const { next } of events.filter(({ step, type }) => begun.includes(step ?? type))) follow(next);
  };
  follow(start.next);
  follow(start.atDeadline ? [start.atDeadline] : []);
  follow(events.flatMap(({ step }) => step ?? []));
  const steps = new Set(events.flatMap(({ step }) => step ?? []));
  return [...found].filter((target) => steps.has(target));
}

const OUTCOMES: readonly (Role | undefined)[] = ['SUCCEEDED', 'FAILED', 'COMPENSATED'];

function toStep(name: string, events: readonly SagaEvent[]): SagaStep {
  const own = events.filter(({ step }) => step === name);
  const as = (role: Role): string[] => typesOf(own.filter((event) => event.role === role));
  const undone = own.find(({ role }) => role === 'COMPENSATED');
  const deadlines = own.flatMap(({ role, deadlineMs }) => (role === 'SUCCEEDED' ? (deadlineMs ?? []) : []));
  const service = (own.find(({ role }) => OUTCOMES.includes(role)) ?? own[0])?.service ?? '';
  return {
    name,
    service,
    kind: own.find(({ kind }) => kind !== undefined)?.kind,
    begunBy: typesOf(events.filter(({ next }) => next.includes(name))),
    requested: as('REQUESTED'),
    succeeded: as('SUCCEEDED'),
    failed: as('FAILED'),
    compensated: as('COMPENSATED'),
    suspended: as('SUSPENDED'),
    noted: as('NOTED'),
    deadlineMs: deadlines.length > 0 ? Math.max(...deadlines) : undefined,
    compensation: undone && {
      event: undone.type,
      requested: as('COMPENSATION_REQUESTED'),
      begunBy: typesOf(events.filter(({ next }) => next.includes(undone.type))),
      deadlineMs: undone.deadlineMs,
    },
  };
}

function toEnd({ type, boundary, next }: SagaEvent, events: readonly SagaEvent[]): SagaEnd[] {
  if (boundary !== 'COMPLETE' && boundary !== 'ROLLBACK') return [];
  const undone = events.find((event) => event.boundary && event.compensatedBy === type);
  return [{ event: type, kind: boundary, undoes: undone?.type, next }];
}

const typesOf = (events: readonly SagaEvent[]): string[] => events.map(({ type }) => type);

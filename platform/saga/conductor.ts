/**
 * What the conductor of a saga asks for: after an event of its own, which requests follow. Read off the definition, for
 * whoever drives a saga instead of leaving it to the others' policies; it says nothing about how a request is made (as an
 * event that others obey, or as a call).
 *
 * The conductor is the service whose event starts the saga. It asks for
 * - the steps and compensations that a start or an end leads to,
 * - the steps that an outcome leads to, once it has noted that outcome,
 * - the step that it has been asked for itself (a cancellation).
 */
import type { SagaDefinition } from './definition.ts';
import type { SagaEvent } from './event.ts';

/** By the full name of one of the conductor's own events: the full names of the requests that follow upon it, in order. */
export function requestsUpon(saga: SagaDefinition): (type: string) => readonly string[] {
  const upon = new Map(
    saga.events.map((event) => [
      event.type,
      targetsOf(event, saga).flatMap((target) => requestsFor(target, saga)),
    ]),
  );
  return (type) => upon.get(type) ?? [];
}

const isConducted = ({ modes }: SagaEvent): boolean => modes.includes('ORCHESTRATION');

/** Steps by name, compensations by the full name of their event. */
function targetsOf(event: SagaEvent, { events, start }: SagaDefinition): readonly string[] {
  const conductor = events.find(({ type }) => type === start.event)?.service;
  if (event.service !== conductor || isConducted(event)) return [];
  if (event.boundary !== undefined) return event.next;
  if (event.role === 'NOTED') {
    return events.flatMap(({ step, next }) => (step === event.step && next.includes(event.type) ? next : []));
  }
  return event.role === 'REQUESTED' && event.step !== undefined ? [event.step] : [];
}

/** What asks for a step, or, given the event that tells of it, for a compensation. */
function requestsFor(target: string, { events }: SagaDefinition): readonly string[] {
  const undone = events.find(({ type, role }) => type === target && role === 'COMPENSATED');
  const step = undone ? undone.step : target;
  const wanted = undone ? 'COMPENSATION_REQUESTED' : 'REQUESTED';
  return events
    .filter((event) => event.step === step && event.role === wanted && isConducted(event))
    .map(({ type }) => type);
}

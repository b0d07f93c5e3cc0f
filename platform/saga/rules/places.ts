/** Every event has one place: one role in one step, or the start, or an end. What is named is there. */

import { nearestName } from '../../nearestName.ts';
import type { SagaDefinition } from '../definition.ts';
import type { SagaEvent } from '../event.ts';
import { type Finding, findings } from '../finding.ts';

const place = findings('one place');
const named = findings('names');

export function places(saga: SagaDefinition): Finding[] {
  return [
    ...[...Map.groupBy(saga.events, ({ type }) => type)].flatMap(([type, all]) => onePlace(type, all)),
    ...saga.events.flatMap(isComplete),
    ...saga.steps.flatMap(({ name }) => isOfOneMind(name, saga)),
    ...saga.events.flatMap((event) => namesWhatIsThere(event, saga)),
  ];
}

function onePlace(type: string, all: readonly SagaEvent[]): Finding[] {
  const claimed = all.flatMap(({ step, boundary }) => [
    ...(step ? [`the step ${step}`] : []),
    ...(boundary ? [`the ${boundary}`] : []),
  ]);
  if (claimed.length === 1) return [];
  if (claimed.length > 1) {
    return [place(type, `claims ${claimed.join(' and ')}`, 'leave it one: another fact is another event')];
  }
  return [place(type, 'has no place in the saga', 'set step, kind and role, or boundary')];
}

function isComplete({ type, step, kind, role }: SagaEvent): Finding[] {
  if (step === undefined) return [];
  return [
    ...(role ? [] : [place(type, `does not say what it is to the step ${step}`, 'set role')]),
    ...(kind ? [] : [place(type, `does not say of which kind the step ${step} is`, 'set kind')]),
  ];
}

function isOfOneMind(name: string, { events, steps }: SagaDefinition): Finding[] {
  const own = events.filter(({ step }) => step === name);
  const kinds = [...new Set(own.flatMap(({ kind }) => kind ?? []))];
  const service = steps.find((step) => step.name === name)?.service;
  const settling = own.filter(
    ({ role }) => role === 'SUCCEEDED' || role === 'FAILED' || role === 'COMPENSATED',
  );
  const strangers = settling.filter((event) => event.service !== service);
  return [
    ...(kinds.length > 1
      ? [place(name, `is ${kinds.join(' and ')}`, 'set the same kind on every event of the step')]
      : []),
    ...strangers.map(({ type }) =>
      place(
        type,
        `settles the step ${name}, which ${service} does`,
        'make it a step of its own, or role NOTED',
      ),
    ),
  ];
}

function namesWhatIsThere(
  { type, next, compensatedBy, atDeadline }: SagaEvent,
  saga: SagaDefinition,
): Finding[] {
  const events = saga.events.map((event) => event.type);
  const steps = saga.steps.map(({ name }) => name);
  const check = (field: string, target: string, there: readonly string[], what: string): Finding[] => {
    if (there.includes(target)) return [];
    const near = nearestName(target, there);
    const mend = near ? `did you mean ${near}?` : `name one that is there`;
    return [named(type, `${field} names ${target}, which is no ${what} of this saga`, mend)];
  };
  return [
    ...next.flatMap((target) =>
      target.includes('.') ? check('next', target, events, 'event') : check('next', target, steps, 'step'),
    ),
    ...(compensatedBy ? check('compensated_by', compensatedBy, events, 'event') : []),
    ...(atDeadline ? check('at_deadline', atDeadline, steps, 'step') : []),
  ];
}

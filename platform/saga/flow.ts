/** How a saga goes on: which steps and ends follow upon an event, and all that follows upon those. */
import type { SagaDefinition } from './definition.ts';
import type { SagaEvent } from './event.ts';

export interface Flow {
  /** The event by its full name. */
  event(type: string): SagaEvent | undefined;
  /** Who does a step (by its name), or whose an event is (by its full name). */
  serviceOf(target: string): string | undefined;
  /** The events that settle a step: SUCCEEDED and FAILED. */
  outcomes(step: string): readonly SagaEvent[];
  /** The steps and ends that the event leads to: not its notes and compensations. */
  leadsTo(event: SagaEvent): readonly string[];
  /** The targets, and all steps and ends that may follow; with `pastEnds`, also what follows upon ends. */
  reach(targets: readonly string[], options?: { readonly pastEnds?: boolean }): ReadonlySet<string>;
}

export function flowOf({ events, steps, ends }: SagaDefinition): Flow {
  const byType = new Map(events.map((event) => [event.type, event]));
  const stepsByName = new Map(steps.map((step) => [step.name, step]));
  const goesOn = new Set([...stepsByName.keys(), ...ends.map(({ event }) => event)]);
  const outcomes = (name: string) =>
    events.filter(({ step, role }) => step === name && (role === 'SUCCEEDED' || role === 'FAILED'));
  const leadsTo = ({ next }: SagaEvent) => next.filter((target) => goesOn.has(target));
  return {
    event: (type) => byType.get(type),
    serviceOf: (target) => stepsByName.get(target)?.service ?? byType.get(target)?.service,
    outcomes,
    leadsTo,
    reach(targets, { pastEnds = false } = {}) {
      const reached = new Set<string>();
      const visit = (target: string): void => {
        if (reached.has(target) || !goesOn.has(target)) return;
        reached.add(target);
        const end = stepsByName.has(target) ? undefined : byType.get(target);
        const after = end ? [end].filter(() => pastEnds) : outcomes(target);
        for (const event of after) leadsTo(event).forEach(visit);
      };
      targets.forEach(visit);
      return reached;
    },
  };
}

/** Where a saga begins: the targets of its start, and what its deadline begins. */
export const beginnings = ({ start }: SagaDefinition): readonly string[] =>
  start.atDeadline === undefined ? start.next : [...start.next, start.atDeadline];

/** Every path from the start reaches an end, and every step and end is on a path. */
import type { SagaDefinition, SagaStep } from '../definition.ts';
import { type Finding, findings } from '../finding.ts';
import { beginnings, type Flow, flowOf } from '../flow.ts';

const path = findings('an end');

const GO_ON = 'set next: to the steps that it begins, or to the full name of the end that it leads to';

export function ends(saga: SagaDefinition): Finding[] {
  const flow = flowOf(saga);
  const open = flow.reach(beginnings(saga));
  const nowhere = deadEnds(saga, flow, open);
  return [
    ...(saga.ends.some(({ kind }) => kind === 'COMPLETE')
      ? []
      : [
          path(
            saga.name,
            'never completes',
            'set boundary: SAGA_BOUNDARY_COMPLETE on the event of its success',
          ),
        ]),
    ...nowhere,
    ...(nowhere.length === 0 ? loops(saga, flow, open) : []),
    ...saga.steps.flatMap((step) => settles(step, flow)),
    ...unreached(saga, flow),
  ];
}

/** Outcomes before an end that nothing follows upon. */
function deadEnds({ start, steps }: SagaDefinition, flow: Flow, open: ReadonlySet<string>): Finding[] {
  const outcomes = steps.filter(({ name }) => open.has(name)).flatMap(({ name }) => flow.outcomes(name));
  const first = flow.event(start.event);
  return [...(first ? [first] : []), ...outcomes]
    .filter((event) => flow.leadsTo(event).length === 0)
    .map(({ type }) => path(type, 'leads to no step and no end: the saga would wait for ever', GO_ON));
}

/** Steps from which only one another are reached. */
function loops({ steps, ends: all }: SagaDefinition, flow: Flow, open: ReadonlySet<string>): Finding[] {
  const ending = new Set(all.map(({ event }) => event));
  const waiting = new Set(steps.map(({ name }) => name).filter((name) => open.has(name)));
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const name of waiting) {
      const targets = flow.outcomes(name).flatMap((event) => flow.leadsTo(event));
      if (targets.every((target) => ending.has(target) || !waiting.has(target))) waiting.delete(name);
    }
  }
  if (waiting.size === 0) return [];
  const names = [...waiting].join(', ');
  return [
    path(names, 'begin one another for ever on some path', `${GO_ON}: one that leads out of the circle`),
  ];
}

function settles({ name, succeeded, suspended }: SagaStep, flow: Flow): Finding[] {
  const unheard = suspended.filter((type) => flow.event(type)?.next.length === 0);
  return [
    ...(succeeded.length > 0
      ? []
      : [
          path(name, 'has no event that tells of its success', 'set role: STEP_ROLE_SUCCEEDED on that event'),
        ]),
    ...unheard.map((type) => {
      const mend = 'set next: to the event that notes it, or to the one by which the step goes on';
      return path(type, `leaves ${name} standing still, and nobody takes note of it`, mend);
    }),
  ];
}

function unreached(saga: SagaDefinition, flow: Flow): Finding[] {
  const reached = flow.reach(beginnings(saga), { pastEnds: true });
  const steps = saga.steps.filter(({ name }) => !reached.has(name));
  const others = saga.ends.filter(({ event }) => !reached.has(event));
  return [
    ...steps.map(({ name }) =>
      path(name, 'is a step that nothing begins', `add next: "${name}" to the event upon which it begins`),
    ),
    ...others.map(({ event }) =>
      path(event, 'is an end that no path reaches', `add next: "${event}" to the outcome that leads to it`),
    ),
  ];
}

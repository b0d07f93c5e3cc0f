/** Whatever a compensatable step has done is undone wherever the saga ends without a sale: by an event that is there. */
import type { SagaDefinition, SagaEnd, SagaStep } from '../definition.ts';
import type { SagaEvent } from '../event.ts';
import { type Finding, findings } from '../finding.ts';
import { beginnings, type Flow, flowOf } from '../flow.ts';

const compensation = findings('compensation');

export function compensations(saga: SagaDefinition): Finding[] {
  const flow = flowOf(saga);
  const steps = saga.steps.filter(({ kind }) => kind === 'COMPENSATABLE');
  return [
    ...steps.flatMap((step) => step.succeeded.flatMap((type) => undoes(flow.event(type), step, flow))),
    ...saga.steps.flatMap((step) => unclaimed(step, saga)),
    ...saga.ends.flatMap((end) => steps.flatMap((step) => isBegunBy(end, step, saga, flow))),
    ...saga.events.flatMap((event) => undoneEnd(event, saga)),
  ];
}

/** The success says what undoes it, and that does. */
function undoes(success: SagaEvent | undefined, step: SagaStep, flow: Flow): Finding[] {
  if (!success) return [];
  const { type, compensatedBy } = success;
  if (compensatedBy === undefined) {
    const mend = 'set compensated_by to the full name of the event that undoes it';
    return [compensation(type, `nothing undoes it, and ${step.name} is COMPENSATABLE`, mend)];
  }
  const undoing = flow.event(compensatedBy);
  // One that is not there is told by the rule of names.
  if (!undoing || (undoing.step === step.name && undoing.role === 'COMPENSATED')) return [];
  const is = undoing.step ? `${undoing.role ?? 'without a role'} of the step ${undoing.step}` : 'of no step';
  const mend = `set step: "${step.name}" and role: STEP_ROLE_COMPENSATED on that event, or name another`;
  return [compensation(type, `is compensated by ${compensatedBy}, which is ${is}`, mend)];
}

function unclaimed(step: SagaStep, { events }: SagaDefinition): Finding[] {
  const claimed = events.map(({ compensatedBy }) => compensatedBy);
  return step.compensated
    .filter((type) => !claimed.includes(type))
    .map((type) => {
      const mend = `set compensated_by: "${type}" on the success of ${step.name}`;
      return compensation(type, 'undoes a success that does not name it', mend);
    });
}

/** An end without a sale, reached after the step's success, begins the compensation. */
function isBegunBy(end: SagaEnd, step: SagaStep, saga: SagaDefinition, flow: Flow): Finding[] {
  const undoing = step.compensation;
  if (end.kind !== 'ROLLBACK' || end.undoes !== undefined || !undoing) return [];
  const afterSuccess = step.succeeded.flatMap((type) => flow.event(type)?.next ?? []);
  const atDeadline = beginnings(saga).filter((target) => target === saga.start.atDeadline);
  const reached = flow.reach([...afterSuccess, ...atDeadline]);
  if (!reached.has(end.event) || end.next.includes(undoing.event)) return [];
  const message = `can be reached after ${step.name} has succeeded, and does not undo it`;
  return [compensation(end.event, message, `add "${undoing.event}" to its next`)];
}

/** Only an end is undone by an end, and only a compensatable step by its compensation. */
function undoneEnd({ type, boundary, kind, compensatedBy }: SagaEvent, saga: SagaDefinition): Finding[] {
  if (compensatedBy === undefined || kind === 'COMPENSATABLE') return [];
  if (boundary !== undefined && saga.ends.some(({ event }) => event === compensatedBy)) return [];
  const mend = boundary
    ? 'name the ROLLBACK that undoes it'
    : 'remove compensated_by, or set kind: STEP_KIND_COMPENSATABLE on the events of its step';
  const what = boundary ? 'the end is undone by what is no end' : `is undone, and its step is ${kind}`;
  return [compensation(type, `${what}: ${compensatedBy}`, mend)];
}

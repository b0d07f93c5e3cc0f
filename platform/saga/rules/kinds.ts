/** One pivot; before it what can be undone, after it (and at the deadline) what must succeed in the end. */
import type { SagaDefinition, SagaStep } from '../definition.ts';
import { type Finding, findings } from '../finding.ts';
import { type Flow, flowOf } from '../flow.ts';

const pivotRule = findings('one pivot');
const before = findings('before the pivot');
const after = findings('after the pivot');
const retryable = findings('retryable');

export function kinds(saga: SagaDefinition): Finding[] {
  const flow = flowOf(saga);
  const pivots = saga.steps.filter(({ kind }) => kind === 'PIVOT');
  const [pivot] = pivots;
  return [
    ...(pivots.length === 1 ? [] : [notOne(saga.name, pivots)]),
    ...(pivot && pivots.length === 1 ? aroundPivot(pivot, saga, flow) : []),
    ...saga.steps.flatMap((step) => mustSucceed(step, saga)),
  ];
}

function notOne(saga: string, pivots: readonly SagaStep[]): Finding {
  const names = pivots.map(({ name }) => name);
  const has = names.length === 0 ? 'has no pivot' : `has ${names.length} pivots: ${names.join(', ')}`;
  const mend =
    'set kind: STEP_KIND_PIVOT on the events of the one step after whose success the saga will complete, and on no others';
  return pivotRule(saga, has, mend);
}

function aroundPivot(pivot: SagaStep, saga: SagaDefinition, flow: Flow): Finding[] {
  const onSuccess = ({ succeeded }: SagaStep) => succeeded.flatMap((type) => flow.event(type)?.next ?? []);
  const later = flow.reach(onSuccess(pivot), { pastEnds: true });
  return saga.steps.flatMap((step) => {
    if (step === pivot || step.kind === undefined) return [];
    if (later.has(step.name) && step.kind !== 'RETRYABLE') {
      const mend = `set kind: STEP_KIND_RETRYABLE on its events, or let it come before ${pivot.name}`;
      return [after(step.name, `is ${step.kind}, and comes after the pivot ${pivot.name}`, mend)];
    }
    if (flow.reach(onSuccess(step)).has(pivot.name) && step.kind !== 'COMPENSATABLE') {
      const mend = `set kind: STEP_KIND_COMPENSATABLE on its events and say what undoes it, or let it come after ${pivot.name}`;
      const message = `is ${step.kind}, and comes before the pivot ${pivot.name}: what it did would stay`;
      return [before(step.name, message, mend)];
    }
    return [];
  });
}

function mustSucceed(step: SagaStep, { start }: SagaDefinition): Finding[] {
  const failed = step.kind === 'RETRYABLE' ? step.failed : [];
  const mend = 'repeat the step until it succeeds, and let the event say that it stands still (SUSPENDED)';
  return [
    ...failed.map((type) => retryable(type, `fails ${step.name} for good, which is RETRYABLE`, mend)),
    ...(step.name === start.atDeadline && step.kind !== undefined && step.kind !== 'RETRYABLE'
      ? [
          retryable(
            step.name,
            `begins at the saga's deadline, and is ${step.kind}: it may fail`,
            'set kind: STEP_KIND_RETRYABLE on its events, or name another step in at_deadline',
          ),
        ]
      : []),
  ];
}

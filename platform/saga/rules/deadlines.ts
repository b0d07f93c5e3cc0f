/** The saga, each of its steps and each compensation has a deadline, and something begins at the saga's. */
import type { SagaDefinition, SagaStep } from '../definition.ts';
import { type Finding, findings } from '../finding.ts';
import { flowOf } from '../flow.ts';

const deadline = findings('deadline');

export function deadlines(saga: SagaDefinition): Finding[] {
  const flow = flowOf(saga);
  const timed = ({ succeeded, compensated }: SagaStep) => [...succeeded, ...compensated];
  const { start } = saga;
  return [
    ...missing(start.event, start.deadlineMs, `the saga ${saga.name}`),
    ...(start.atDeadline === undefined
      ? [
          deadline(
            start.event,
            'nothing begins at its deadline',
            'set at_deadline to the step that ends the saga',
          ),
        ]
      : []),
    ...saga.steps.flatMap((step) =>
      timed(step).flatMap((type) => missing(type, flow.event(type)?.deadlineMs, `the step ${step.name}`)),
    ),
  ];
}

function missing(type: string, deadlineMs: number | undefined, what: string): Finding[] {
  if (deadlineMs !== undefined && deadlineMs > 0) return [];
  return [deadline(type, `${what} has no deadline`, 'set deadline: {seconds: ...} to what it may take')];
}

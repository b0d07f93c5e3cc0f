/** What is to come of a saga if nothing fails: the steps, ends and undoings on the way from where it stands. */
import type { SagaEnd, SagaStep } from './definition.ts';
import type { SagaEvent } from './event.ts';
import type { Progress } from './progress.ts';
import { isFeasibleEnd, type SagaWait } from './waits.ts';

export type Ahead =
  | { readonly kind: 'STEP'; readonly step: SagaStep }
  | { readonly kind: 'END'; readonly end: SagaEnd }
  | { readonly kind: 'UNDO'; readonly step: SagaStep };

/** In the order in which it comes. What the saga waits for first is no part of it. */
export function aheadOf(progress: Progress, waits: readonly SagaWait[]): readonly Ahead[] {
  const { definition, flow, steps } = progress;
  const found: Ahead[] = [];
  const seen = new Set(waits.slice(0, 1).map(({ step }) => step.name));

  function visit(target: string): void {
    if (seen.has(target)) return;
    const step = steps.find((each) => each.step.name === target);
    const end = definition.ends.find(({ event }) => event === target);
    if (step) {
      seen.add(target);
      if (step.state !== 'SUCCEEDED') found.push({ kind: 'STEP', step: step.step });
      follow(step.step);
    } else if (end && isFeasibleEnd(progress, target) && !found.some(({ kind }) => kind === 'END')) {
      found.push({ kind: 'END', end });
      end.next.forEach(visit);
      for (const undone of undoneBy(end, progress)) found.push({ kind: 'UNDO', step: undone });
    }
  }
  const leadOn = (event: SagaEvent) => flow.leadsTo(event).forEach(visit);
  const follow = ({ name }: SagaStep) =>
    flow
      .outcomes(name)
      .filter(({ role }) => role === 'SUCCEEDED')
      .forEach(leadOn);

  for (const { kind, step, since } of waits) {
    const news = kind === 'NEWS' ? flow.event(since?.type ?? '') : undefined;
    if (news) leadOn(news);
    else if (kind === 'WORK') {
      visit(step.name);
      follow(step);
    }
  }
  return found;
}

/** The steps whose effect is undone upon an end, as far as they have had one. */
export const undoneBy = (end: SagaEnd, { steps }: Progress): readonly SagaStep[] =>
  steps
    .filter(({ state, step }) => state === 'SUCCEEDED' && end.next.includes(step.compensation?.event ?? ''))
    .map(({ step }) => step);

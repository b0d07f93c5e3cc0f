/**
 * What a saga waits for: work that is begun and not done, or news of what is done, which its owner has not heard of. And for
 * each, the event that may still be on its way, from whom, and to whom.
 */
import type { SagaStep } from './definition.ts';
import type { SagaEvent } from './event.ts';
import type { PastEvent } from './past.ts';
import type { Progress, StepProgress } from './progress.ts';

/** An event that has to be published by one service, and read by another. */
export interface Delivery {
  readonly event: PastEvent;
  readonly from: string;
  readonly to: string;
}

export interface SagaWait {
  /** WORK: of the step. NEWS: the step is done, and the owner does not know. UNDO: of the undoing of its effect. */
  readonly kind: 'WORK' | 'NEWS' | 'UNDO';
  readonly step: SagaStep;
  readonly isSuspended: boolean;
  readonly since: PastEvent | undefined;
  /** undefined: nothing is on its way, its service has it in hand; or the owner calls that service itself. */
  readonly delivery: Delivery | undefined;
}

/** What holds it up most comes first: work before news, each in the order of the steps. */
export function waitsOf(progress: Progress): readonly SagaWait[] {
  const news = newsOf(progress);
  // Once it is asked to end, one answer is enough.
  const work = progress.isUndoing && news.length > 0 ? [] : openWork(progress);
  return [...work, ...news, ...undoing(progress)];
}

function openWork(progress: Progress): readonly SagaWait[] {
  const { steps, isUndoing, definition } = progress;
  const open = steps.filter(({ state }) => state === 'OPEN' || state === 'SUSPENDED');
  // Once it is asked to end, nothing but the answer to that counts.
  const counts = isUndoing
    ? open.filter(({ step }) => step.name === definition.start.atDeadline || progress.ends.length > 0)
    : open;
  return counts.map((each) => ({
    kind: 'WORK' as const,
    step: each.step,
    isSuspended: each.state === 'SUSPENDED',
    since: each.begun,
    delivery: isInHand(progress, each) ? undefined : deliveryOf(progress, each.begun, each.step.service),
  }));
}

/** Its own service has said that it has begun, or that it stands still. */
const isInHand = ({ past, flow }: Progress, { step, begun }: StepProgress): boolean => {
  const from = begun ? past.indexOf(begun) : 0;
  return past
    .slice(from)
    .some(({ type, service }) => service === step.service && flow.event(type ?? '')?.step === step.name);
};

const undoing = (progress: Progress): readonly SagaWait[] =>
  progress.steps
    .filter(({ state }) => state === 'UNDOING')
    .map(({ step, begun }) => ({
      kind: 'UNDO' as const,
      step,
      isSuspended: false,
      since: begun,
      delivery: deliveryOf(progress, begun, step.service),
    }));

function newsOf(progress: Progress): readonly SagaWait[] {
  const { past, flow, owner, steps } = progress;
  return past.flatMap((fact): SagaWait[] => {
    const event = fact.service === owner ? undefined : flow.event(fact.type ?? '');
    const found = steps.find(({ step }) => step.name === event?.step);
    if (!event || !found || !isAwaited(progress, event, found.step) || isHeard(progress, fact, event))
      return [];
    // Whoever drives the saga, the owner hears of it from the log too.
    const delivery = { event: fact, from: fact.service, to: owner };
    return [{ kind: 'NEWS', step: found.step, isSuspended: false, since: fact, delivery }];
  });
}

/** Its owner would note it, or end by it. */
function isAwaited(progress: Progress, { role, next, service }: SagaEvent, step: SagaStep): boolean {
  if (role !== 'SUCCEEDED' && role !== 'FAILED') return false;
  const { definition, flow, owner, ends, isUndoing, steps } = progress;
  const leadsToEnd = next.some((target) => isFeasibleEnd(progress, target));
  if (ends.length > 0) return leadsToEnd;
  if (!isUndoing) return next.some((target) => flow.event(target)?.service === owner);
  const back = steps.find((each) => each.step.name === definition.start.atDeadline)?.step;
  return leadsToEnd && (step.name === back?.name || service === back?.service);
}

function isHeard({ past, owner }: Progress, fact: PastEvent, { next }: SagaEvent): boolean {
  const later = past.slice(past.indexOf(fact));
  return later.some(
    ({ service, type, causeId }) =>
      service === owner &&
      ((causeId !== undefined && causeId === fact.eventId) || (type !== undefined && next.includes(type))),
  );
}

/** Whether the saga may still come to this end, as it stands. */
export function isFeasibleEnd({ definition, ends, isUndoing }: Progress, target: string): boolean {
  const end = definition.ends.find(({ event }) => event === target);
  if (!end || ends.includes(target)) return false;
  if (end.undoes !== undefined) return ends.includes(end.undoes);
  return ends.length === 0 && !(isUndoing && end.kind === 'COMPLETE');
}

/** In the direct saga the owner calls, and nothing is on its way. */
const deliveryOf = ({ mode }: Progress, event: PastEvent | undefined, to: string): Delivery | undefined =>
  mode === 'DIRECT' || !event || event.service === to ? undefined : { event, from: event.service, to };

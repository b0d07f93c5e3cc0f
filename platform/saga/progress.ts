/**
 * How far a saga is, by its definition and its past: each step's state, and the ends that are reached. Whoever drives it,
 * the same events say the same; only when a step counts as begun depends on the mode: an orchestrator has to ask for it.
 */
import type { SagaDefinition, SagaStep } from './definition.ts';
import type { Mode, SagaEvent } from './event.ts';
import { type Flow, flowOf } from './flow.ts';
import { ownerOf, type PastEvent } from './past.ts';

export type StepState =
  /** To come, where all goes on as it is. */
  | 'AHEAD'
  | 'OPEN'
  /** Stands still until an operator settles it, or until it is tried again. */
  | 'SUSPENDED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'UNDOING'
  | 'UNDONE'
  /** Not on the way that the saga takes, or not done before its end. */
  | 'NOT_NEEDED';

export interface StepProgress {
  readonly step: SagaStep;
  /** AHEAD and NOT_NEEDED are told apart by what remains (ahead.ts). */
  readonly state: Exclude<StepState, 'AHEAD'>;
  /** What settled it, or its undoing. */
  readonly outcome: PastEvent | undefined;
  /** Upon what it is open, or is being undone. */
  readonly begun: PastEvent | undefined;
}

export interface Progress {
  readonly definition: SagaDefinition;
  readonly flow: Flow;
  readonly mode: Mode;
  readonly owner: string;
  readonly past: readonly PastEvent[];
  readonly steps: readonly StepProgress[];
  /** Full names, in the order in which they were reached. */
  readonly ends: readonly string[];
  /** It was asked to end, or its deadline has passed, and it has not answered that yet. */
  readonly isUndoing: boolean;
}

export function progressOf(definition: SagaDefinition, mode: Mode, past: readonly PastEvent[]): Progress {
  const flow = flowOf(definition);
  const owner = ownerOf(definition);
  const ends = past.flatMap(({ type }) =>
    type !== undefined && definition.ends.some(({ event }) => event === type) ? [type] : [],
  );
  const read = readerOf(definition, flow, past);
  const steps = definition.steps.map((step) => stepProgress(step, read, mode, owner));
  const back = steps.find(({ step }) => step.name === definition.start.atDeadline);
  const isUndoing = back?.state === 'OPEN' || back?.state === 'SUSPENDED';
  return { definition, flow, mode, owner, past, steps, ends, isUndoing };
}

/** An event of the past, its part in the definition, and its place. */
interface Read {
  readonly fact: PastEvent;
  readonly event: SagaEvent;
  readonly at: number;
}

type Reader = (wanted: (event: SagaEvent) => boolean) => readonly Read[];

function readerOf({ ends }: SagaDefinition, flow: Flow, past: readonly PastEvent[]) {
  const all = past.flatMap((fact, at): readonly Read[] => {
    const event = fact.type === undefined ? undefined : flow.event(fact.type);
    return event ? [{ fact, event, at }] : [];
  });
  const find: Reader = (wanted) => all.filter(({ event }) => wanted(event));
  return { find, lastEnd: find(({ type }) => ends.some((end) => end.event === type)).at(-1) };
}

function stepProgress(
  step: SagaStep,
  { find, lastEnd }: ReturnType<typeof readerOf>,
  mode: Mode,
  owner: string,
): StepProgress {
  const of = ({ step: name }: SagaEvent) => name === step.name;
  const begins = (event: SagaEvent) =>
    (event.next.includes(step.name) && (mode !== 'ORCHESTRATION' || event.service === owner)) ||
    (of(event) && event.role === 'REQUESTED');
  const endAt = lastEnd?.at ?? -1;
  const asked = find((event) => begins(event) && event.service === owner).findLast(({ at }) => at > endAt);
  // What was settled before an end may be asked for again after it.
  const isSettled = ({ at }: Read) => lastEnd === undefined || asked === undefined || at > asked.at;
  const settled = find((event) => of(event) && (event.role === 'SUCCEEDED' || event.role === 'FAILED'));
  const outcome = settled.findLast(isSettled);
  const undone = find((event) => of(event) && event.role === 'COMPENSATED').at(-1);
  if (undone) return { step, state: 'UNDONE', outcome: undone.fact, begun: undefined };
  if (outcome?.event.role === 'FAILED')
    return { step, state: 'FAILED', outcome: outcome.fact, begun: undefined };
  if (outcome) {
    const undoing = find(({ type }) => isUndoneBy(step, type)).at(-1);
    const state = undoing ? 'UNDOING' : 'SUCCEEDED';
    return { step, state, outcome: outcome.fact, begun: undoing?.fact };
  }
  const begun = find(begins);
  const last = begun.at(-1);
  // After an end only its owner begins anything: what others do then is late.
  const isOver =
    lastEnd !== undefined && !begun.some(({ at, event }) => at >= endAt && event.service === owner);
  if (!last || isOver) return { step, state: 'NOT_NEEDED', outcome: undefined, begun: undefined };
  const stands = find((event) => of(event) && event.role === 'SUSPENDED').at(-1);
  const isSuspended = stands !== undefined && stands.at > last.at;
  const since = isSuspended ? stands : (askedIn(mode, step, begun) ?? begun.find(({ at }) => at > endAt));
  return { step, state: isSuspended ? 'SUSPENDED' : 'OPEN', outcome: undefined, begun: (since ?? last).fact };
}

const isUndoneBy = ({ compensation }: SagaStep, type: string): boolean =>
  compensation !== undefined && [...compensation.begunBy, ...compensation.requested].includes(type);

/** The request that is obeyed in this mode, if there is one. */
const askedIn = (mode: Mode, { name }: SagaStep, begun: readonly Read[]): Read | undefined =>
  begun.findLast(({ event }) => event.step === name && event.modes.includes(mode));

/** An order explained: a pure function of where it stands and of what is seen of the services now. */
import type { SagaStep } from '../../../platform/saga/definition.ts';
import type { Kind } from '../../../platform/saga/event.ts';
import type { PastEvent } from '../../../platform/saga/past.ts';
import type { StepProgress, StepState } from '../../../platform/saga/progress.ts';
import {
  type ExplainedEvent,
  ExplainedStep,
  type ExplainOrderResponse,
  HistoryEvent,
  StepState as StepStateMessage,
  WaitingFor,
} from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { StepKind } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { statusOf } from '../view.ts';
import { deadlineActs } from './deadlineActs.ts';
import { eventText } from './eventText.ts';
import { hindrancesOf } from './hindrances.ts';
import type { Look } from './look.ts';
import { notKnown } from './notKnown.ts';
import type { Standing } from './standing.ts';
import { summaryOf } from './summary.ts';
import { ifItFails, waitText } from './waitText.ts';
import { endWordsOf, undoWordsOf, wordsOf } from './words.ts';

/** `look` undefined: the moment is past, or nothing is waited for. */
export function explain(standing: Standing, look: Look | undefined): ExplainOrderResponse {
  const { order, own, progress, waits, ahead, time } = standing;
  const [first] = waits;
  const parts = {
    waitingFor: waitingFor(standing, look),
    remaining: ahead.map((each) =>
      each.kind === 'END'
        ? endWordsOf(each.end.event).will
        : (each.kind === 'UNDO' ? undoWordsOf(each.step) : wordsOf(each.step)).task,
    ),
    ifNextStepFails: first ? ifItFails(first, standing) : '',
    notKnown: [...notKnown(standing, look)],
  };
  return {
    ...parts,
    summary: summaryOf(standing, parts),
    status: statusOf(order),
    orderId: order.context.orderId,
    sagaMode: order.context.mode,
    time,
    version: own.length,
    steps: progress.steps.map((step) => stepMessage(standing, step)),
    events: progress.past.map((event) => eventMessage(standing, event)),
  };
}

function waitingFor(standing: Standing, look: Look | undefined): WaitingFor | undefined {
  const [first] = standing.waits;
  if (!first) return undefined;
  const { order, time } = standing;
  const { step, kind, since, delivery } = first;
  const begun = since?.time;
  const withinMs = kind === 'UNDO' ? step.compensation?.deadlineMs : step.deadlineMs;
  const hindrances = look ? [...hindrancesOf(standing, look)] : [];
  return WaitingFor.fromPartial({
    step: step.name,
    service: kind === 'NEWS' ? (delivery?.to ?? standing.progress.owner) : step.service,
    text: waitText(first, standing),
    beginTime: begun,
    dueTime: begun && withinMs !== undefined ? new Date(begun.getTime() + withinMs) : undefined,
    deadline: deadlineActs(order, time) ? order.context.deadline : undefined,
    hindrances,
    hindrance: hindrances.map(({ text }) => text).join('; '),
  });
}

const kinds: Readonly<Record<Kind, StepKind>> = {
  COMPENSATABLE: StepKind.STEP_KIND_COMPENSATABLE,
  PIVOT: StepKind.STEP_KIND_PIVOT,
  RETRYABLE: StepKind.STEP_KIND_RETRYABLE,
};
const states: Readonly<Record<StepState, StepStateMessage>> = {
  AHEAD: StepStateMessage.STEP_STATE_AHEAD,
  OPEN: StepStateMessage.STEP_STATE_OPEN,
  SUSPENDED: StepStateMessage.STEP_STATE_SUSPENDED,
  SUCCEEDED: StepStateMessage.STEP_STATE_SUCCEEDED,
  FAILED: StepStateMessage.STEP_STATE_FAILED,
  UNDOING: StepStateMessage.STEP_STATE_UNDOING,
  UNDONE: StepStateMessage.STEP_STATE_UNDONE,
  NOT_NEEDED: StepStateMessage.STEP_STATE_NOT_NEEDED,
};

function stepMessage(standing: Standing, { step, state, outcome, begun }: StepProgress): ExplainedStep {
  const isAhead = standing.ahead.some((each) => each.kind === 'STEP' && each.step.name === step.name);
  const now = isAhead && state === 'NOT_NEEDED' ? 'AHEAD' : state;
  return ExplainedStep.fromPartial({
    step: step.name,
    kind: step.kind ? kinds[step.kind] : StepKind.STEP_KIND_UNSPECIFIED,
    service: step.service,
    state: states[now],
    text: stepText(step, now),
    beginTime: begun?.time,
    outcome: outcome && viewOf(standing, outcome),
  });
}

function stepText(step: SagaStep, state: StepState): string {
  const words = wordsOf(step);
  switch (state) {
    case 'AHEAD':
      return `to come: ${words.task}`;
    case 'OPEN':
      return `under way: ${words.task}`;
    case 'SUSPENDED':
      return words.suspended?.why ?? `it stands still: ${words.task}`;
    case 'SUCCEEDED':
      return words.done;
    case 'FAILED':
      return words.failed ?? `it failed: ${words.task}`;
    case 'UNDOING':
      return `under way: ${undoWordsOf(step).task}`;
    case 'UNDONE':
      return undoWordsOf(step).done;
    case 'NOT_NEEDED':
      return 'not needed';
    default:
      state satisfies never;
      return '';
  }
}

const viewOf = ({ views }: Standing, { eventId = '', type = '' }: PastEvent): HistoryEvent =>
  views.get(eventId) ?? HistoryEvent.fromPartial({ eventId, type });

const eventMessage = (standing: Standing, event: PastEvent): ExplainedEvent => ({
  service: event.service,
  step: standing.progress.flow.event(event.type ?? '')?.step ?? '',
  text: eventText(standing.progress, event),
  event: viewOf(standing, event),
});

/** The paragraph: where an order stands, what it waits for, why, and what is to come. */
import { formatMoney } from '../../../platform/money.ts';
import type { ExplainOrderResponse, WaitingFor } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { hasEnded, type PlacedOrder } from '../domain/state.ts';
import type { Standing } from './standing.ts';
import { endWordsOf, reasonWords, sentence, timeText, undoWordsOf, wordsOf } from './words.ts';

const MAX_LINES = 5;

type Parts = Pick<ExplainOrderResponse, 'waitingFor' | 'remaining' | 'ifNextStepFails' | 'notKnown'>;

export function summaryOf(standing: Standing, parts: Parts): string {
  const { waitingFor, remaining, ifNextStepFails, notKnown } = parts;
  return [
    placed(standing),
    ...settled(standing),
    ...whyUndone(standing),
    ...(waitingFor ? waits(standing, waitingFor) : []),
    ...(remaining.length > 0 ? [sentence(`after that: ${remaining.join('; ')}`)] : []),
    ...(ifNextStepFails === '' ? [] : [ifNextStepFails]),
    ...notKnown.map(sentence),
  ].join(' ');
}

function placed({ order, isNow, time, own }: Standing): string {
  const { context, lines, createdAt, reservation } = order;
  const then = isNow
    ? ''
    : `As it stood at ${timeText(time)}, after ${own.length === 1 ? 'its first event' : `${own.length} of its events`}: `;
  const shown = lines.slice(0, MAX_LINES).map(({ sku, quantity }) => `${quantity} × ${sku}`);
  const more = lines.length > MAX_LINES ? ` and ${lines.length - MAX_LINES} lines more` : '';
  const total = reservation?.total ? `, ${formatMoney(reservation.total)} in all` : '';
  const what = `${shown.join(', ')}${more}${total}`;
  return `${then}Order ${context.orderId} of customer ${context.customerId} was placed at ${timeText(createdAt)} (${what}).`;
}

/** What was done, step by step, and how it ended. */
function settled({ progress }: Standing): readonly string[] {
  const { steps, ends, past } = progress;
  const undone = steps.filter(({ state }) => state === 'UNDONE').map(({ step }) => undoWordsOf(step).done);
  const done = steps.flatMap(({ state, step }) => {
    if (state === 'FAILED') return [wordsOf(step).failed ?? `the step ${step.name} failed`];
    return state === 'SUCCEEDED' || state === 'UNDOING' ? [wordsOf(step).done] : [];
  });
  const end = past.findLast(({ type }) => type === ends.at(-1));
  return [
    ...(done.length + undone.length > 0 ? [sentence(listed([...done, ...undone]))] : []),
    ...(end?.type
      ? [sentence(`${endWordsOf(end.type).was}${end.time ? ` at ${timeText(end.time)}` : ''}`)]
      : []),
  ];
}

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

/** Why it ends, or has ended, without a sale; why its money is asked back. */
function whyUndone({ order, progress }: Standing): readonly string[] {
  const undone = order.refund ?? ('reason' in order ? order : undefined);
  if (!undone) return [];
  const { reason, message } = undone;
  if (order.status === 'rejected' && !order.refund) return [sentence(`the reason: ${message || 'not said'}`)];
  const why = reasonWords[reason as CancellationReason] ?? reasonWords[CancellationReason.UNRECOGNIZED];
  const what = progress.isUndoing ? 'it is being undone' : 'the reason';
  return [sentence(`${what}: ${why}${message === '' ? '' : ` (${message})`}`)];
}

function waits(standing: Standing, wait: WaitingFor): readonly string[] {
  const { order, isNow, time, progress } = standing;
  const { beginTime, dueTime, deadline, hindrance } = wait;
  const isSure = !standing.others.some(
    ({ service, failure }) => service === wait.service && failure !== undefined,
  );
  const since = beginTime ? `, since ${timeText(beginTime)}` : '';
  const isLate =
    isSure &&
    !progress.steps.some(({ state }) => state === 'SUSPENDED') &&
    dueTime !== undefined &&
    dueTime < time;
  const asFar = isSure ? '' : 'as far as the Order service knows, ';
  return [
    sentence(`${asFar}it ${isNow ? 'waits' : 'waited'} for ${wait.text}${since}`),
    ...(isLate ? [sentence(`that is late: it should have been done by ${timeText(dueTime)}`)] : []),
    ...(hindrance === '' ? [] : [sentence(`what keeps it: ${hindrance}`)]),
    ...(isNow ? [] : ['What kept it then is not recorded.']),
    ...byWhen(order, deadline, progress.isUndoing, time),
  ];
}

function byWhen(
  order: PlacedOrder,
  deadline: Date | undefined,
  isUndoing: boolean,
  time: Date,
): readonly string[] {
  if (hasEnded(order) || isUndoing) return [];
  if (!deadline) return ['No deadline cancels it any more: money was taken, or may have been.'];
  if (deadline <= time)
    return [sentence(`its deadline was ${timeText(deadline)}: it is about to be cancelled`)];
  return [sentence(`if it has not ended by ${timeText(deadline)}, it is cancelled`)];
}

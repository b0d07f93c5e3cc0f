/** Where the work is in Payment's hands: the call to the provider, or the review by an operator. */
import { Hindrance, HindranceKind } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type { ProviderCall } from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { isYoungAt, type Look } from './look.ts';
import type { Standing } from './standing.ts';
import { timeText, wordsOf } from './words.ts';

const SERVICE = 'payment';

export function providerHindrances(standing: Standing, { call }: Look): readonly Hindrance[] {
  const { waits, progress, order, time } = standing;
  const work = waits.find(({ kind, step }) => kind === 'WORK' && step.service === SERVICE);
  if (!work) return [];
  if (call && isHard(call, time)) {
    return [
      Hindrance.fromPartial({
        kind: HindranceKind.HINDRANCE_KIND_PROVIDER,
        service: SERVICE,
        text: callText(call),
        sinceTime: call.createTime,
        nextAttemptTime: call.nextAttemptTime,
      }),
    ];
  }
  const stands = progress.steps.find(({ state, step }) => state === 'SUSPENDED' && step.service === SERVICE);
  const isTriedAgain = (progress.flow.event(stands?.begun?.type ?? '')?.next ?? []).some(
    (type) => progress.flow.event(type)?.service === SERVICE,
  );
  if (!stands || isTriedAgain) return [];
  const message = order.review?.message ?? '';
  const text = `${wordsOf(stands.step).suspended?.why ?? 'an operator must settle it'}${message && ` (${message})`}`;
  return [
    Hindrance.fromPartial({
      kind: HindranceKind.HINDRANCE_KIND_REVIEW,
      service: SERVICE,
      text,
      sinceTime: stands.begun?.time,
    }),
  ];
}

/** It is no news that a first call takes its time. */
const isHard = ({ attempts, lastError, createTime }: ProviderCall, now: Date): boolean =>
  attempts > 1 || lastError !== '' || (createTime !== undefined && !isYoungAt(now, createTime));

function callText({ attempts, createTime, nextAttemptTime, lastError }: ProviderCall): string {
  const since = createTime ? ` since ${timeText(createTime)}` : '';
  const why = lastError === '' ? '' : ` (${lastError})`;
  const again = nextAttemptTime
    ? `it is asked again at ${timeText(nextAttemptTime)}`
    : 'it is being asked now';
  if (attempts === 0)
    return `the payment provider has not been asked yet${since}; ${again.replace(' again', '')}`;
  const often = attempts === 1 ? 'once' : `${attempts} times`;
  return `the payment provider was asked ${often}${since} without a definite answer${why}; ${again}`;
}

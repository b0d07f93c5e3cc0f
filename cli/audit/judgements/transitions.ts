/** Every event where it may stand, and one end an order and a payment. */
import { shortName } from '../../../platform/events.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentEvent } from '../events.ts';
import type { Findings } from '../finding.ts';
import { ORCHESTRATION } from '../lifecycle.ts';
import { chaptersOf, modeOf, named, only, type Recorded, type Story } from '../story.ts';

const ENDS = ['OrderCompleted', 'OrderRejected', 'OrderCancelled'];
const PAYMENT_ENDS = ['PaymentFailed', 'PaymentVoided', 'PaymentRefunded'];

export function judgeTransitions(story: Story, findings: Findings): void {
  const subject = `order ${story.orderId}`;
  for (const { service, streamId, illegal } of chaptersOf(story)) {
    if (!illegal) continue;
    const { event, before } = illegal;
    findings.violation(subject, `${event.type} may not follow where its ${NAMES[service]} is ${before}`, {
      aggregate: streamId,
      event: named(event.stored),
      id: event.stored.eventId,
    });
  }
  const ends = story.order.events.filter(({ type }) => ENDS.includes(type));
  if (ends.length > 1) {
    const evidence = { ends: ends.map(({ stored }) => named(stored)).join(', ') };
    findings.violation(subject, `it has ${ends.length} ends`, evidence);
  }
  const reviews = only(story.order, 'OrderNeedsReview').length;
  if (reviews > 1) findings.violation(subject, `its review was noted ${reviews} times`);
  judgePaymentEnds(story, findings);
  judgeCompletion(story, findings);
  judgeLateCancellation(story, findings);
  judgeOrchestration(story, findings);
  judgeReview(story, findings);
}

const NAMES = { order: 'status', catalog: 'reservation', payment: 'payment' } as const;

/** Of a payment that was made by rpc the end is told once more, in the mode of the order's own saga. */
function judgePaymentEnds({ orderId, payment }: Story, findings: Findings): void {
  const ends = payment.events.filter(({ type }) => PAYMENT_ENDS.includes(type));
  if (ends.length < 2) return;
  const [made, told] = ends.map(({ data }) => data.context?.mode);
  const { SAGA_MODE_DIRECT } = SagaMode;
  if (ends.length === 2 && made === SAGA_MODE_DIRECT && told !== SAGA_MODE_DIRECT) return;
  const evidence = { ends: ends.map(({ stored }) => named(stored)).join(', ') };
  findings.violation(`order ${orderId}`, `its payment ended ${ends.length} times`, evidence);
}

/** It completes once it is both reserved and paid. */
function judgeCompletion({ orderId, order }: Story, findings: Findings): void {
  const [end] = only(order, 'OrderCompleted');
  if (!end) return;
  const before = (type: string) =>
    order.events.some((event) => event.type === type && event.stored.version < end.stored.version);
  for (const type of ['OrderItemsReserved', 'OrderPaid']) {
    if (before(type)) continue;
    findings.violation(`order ${orderId}`, `it completed without ${type}`, { event: named(end.stored) });
  }
}

/** After an end without a sale, only money that came in too late is a reason to ask for anything. */
function judgeLateCancellation({ orderId, order }: Story, findings: Findings): void {
  const end = order.events.find(({ type }) => type === 'OrderRejected' || type === 'OrderCancelled');
  if (!end) return;
  for (const { data, stored } of only(order, 'OrderCancellationRequested')) {
    if (stored.version < end.stored.version) continue;
    if (data.reason === CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END) continue;
    const evidence = { event: named(stored), end: named(end.stored), reason: data.reason };
    findings.violation(`order ${orderId}`, 'its end was asked for after it had ended', evidence);
  }
}

function judgeOrchestration(story: Story, findings: Findings): void {
  const { orderId, order } = story;
  const mode = modeOf(order);
  if (mode === SagaMode.SAGA_MODE_ORCHESTRATION) {
    judgeUnasked(story, findings);
    return;
  }
  const event = order.events.find(({ type }) => ORCHESTRATION.has(type));
  if (event) {
    const evidence = { event: named(event.stored), mode: mode ?? 'none' };
    findings.violation(`order ${orderId}`, 'it is not orchestrated, and has an event of that mode', evidence);
  }
}

/** Of the order's own events nothing comes but what it asks for upon them. */
function judgeUnasked({ orderId, order, reservation, payment }: Story, findings: Findings): void {
  const own = new Map(order.stored.map((event) => [event.eventId, event]));
  for (const { stored } of [...reservation.events, ...payment.events]) {
    const cause = own.get(stored.cause?.eventId ?? '');
    if (!cause || ORCHESTRATION.has(shortName(cause.type))) continue;
    const evidence = { event: named(stored), cause: named(cause), id: stored.eventId };
    findings.violation(`order ${orderId}`, 'it is orchestrated, and did not ask for what was done', evidence);
  }
}

const OUTCOMES: Readonly<Record<number, readonly string[]>> = {
  [ReviewResolution.REVIEW_RESOLUTION_CAPTURED]: ['PaymentProcessed'],
  [ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED]: ['PaymentFailed', 'PaymentVoided'],
  [ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE]: ['PaymentRefunded'],
};

/** What the operator found out is what follows. */
function judgeReview({ orderId, payment }: Story, findings: Findings): void {
  const follower = (event: Recorded<PaymentEvent>) => payment.events[payment.events.indexOf(event) + 1];
  for (const resolved of only(payment, 'PaymentReviewResolved')) {
    const next = follower(resolved);
    if (next && OUTCOMES[resolved.data.resolution]?.includes(next.type)) continue;
    const evidence = { event: named(resolved.stored), next: next ? named(next.stored) : 'nothing' };
    findings.violation(`order ${orderId}`, 'its review was settled, and another outcome follows', evidence);
  }
}

/** A cancelled or rejected order: no money that is not given back, no goods held. */
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { amountText, isSame } from '../amounts.ts';
import type { Findings } from '../finding.ts';
import { only, type Story, standing } from '../story.ts';

export function judgeNoSale(story: Story, findings: Findings): void {
  const { orderId, order } = story;
  const end = order.events.find(({ type }) => type === 'OrderRejected' || type === 'OrderCancelled');
  if (!end) return;
  judgeMoney(story, findings, `order ${orderId}`);
  judgeGoods(story, findings, `order ${orderId}`, end.type === 'OrderRejected');
}

function judgeMoney(story: Story, findings: Findings, subject: string): void {
  const { order, payment } = story;
  const where = standing(story);
  switch (payment.status) {
    case 'captured':
      findings.violation(subject, 'it ended without a sale, and its captured payment was not given back', {
        ...where,
        payment: payment.streamId,
        captured: amountText(only(payment, 'PaymentProcessed')[0]?.data.amount),
      });
      break;
    case 'started':
    case 'cancelling':
    case 'needsReview':
    case 'resolved':
      findings.violation(subject, 'it ended without a sale before its payment had an outcome', where);
      break;
    // Under way: `progress` tells of it.
    case 'refunding':
    case 'refundFailed':
    case 'none':
    case 'declined':
    case 'tombstone':
    case 'voided':
    case 'refunded':
      break;
    default:
      payment.status satisfies never;
  }
  for (const { data, stored } of only(order, 'OrderCancelled')) {
    const [back] = only(payment, 'PaymentRefunded');
    // What came back otherwise, or was given back before, is nothing that it ended with.
    const isOfRefund = back !== undefined && stored.cause?.eventId === back.stored.eventId;
    if (!data.refunded && !isOfRefund) continue;
    if (isSame(back?.data.amount, data.refunded)) continue;
    const evidence = { told: amountText(data.refunded), refunded: amountText(back?.data.amount) };
    findings.violation(subject, 'it tells of another refund than was made', evidence);
  }
}

function judgeGoods(story: Story, findings: Findings, subject: string, isRejected: boolean): void {
  const { order, reservation } = story;
  const { status } = reservation;
  const isChoreographed = order.events[0]?.data.context?.mode === SagaMode.SAGA_MODE_CHOREOGRAPHY;
  if (status === 'reserved' || status === 'confirmed' || status === 'returned') {
    const message = `it ended without a sale, and its reservation is ${status}`;
    findings.violation(subject, message, standing(story));
  } else if (status === 'none' && !isRejected && isChoreographed) {
    // Without the tombstone a late reserve would hold the goods for ever.
    findings.violation(subject, 'it was cancelled, and Catalog keeps no tombstone of it', standing(story));
  }
}

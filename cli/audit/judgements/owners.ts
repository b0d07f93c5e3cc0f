/** Goods that are held or were sold and money that was taken, of an order that does not exist. */
import { amountText } from '../amounts.ts';
import type { Findings } from '../finding.ts';
import { only, type Story, standing } from '../story.ts';

const UNDER_WAY = ['started', 'cancelling', 'captured', 'refunding', 'refundFailed', 'needsReview'];

export function judgeOwners(story: Story, findings: Findings): void {
  const { orderId, order, reservation, payment } = story;
  if (order.stored.length > 0) return;
  const subject = `order ${orderId}`;
  if (reservation.status === 'reserved' || reservation.status === 'confirmed') {
    const what = reservation.status === 'reserved' ? 'goods are held for it' : 'goods were sold for it';
    findings.violation(subject, `${what}, and there is no such order`, standing(story));
  }
  if (UNDER_WAY.includes(payment.status)) {
    findings.violation(subject, 'there is a payment for it, and there is no such order', {
      ...standing(story),
      payment: payment.streamId,
      captured: amountText(only(payment, 'PaymentProcessed')[0]?.data.amount),
    });
  }
}

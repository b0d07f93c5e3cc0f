/** What was given back, against what was captured. */
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { amountText, sumOf } from '../amounts.ts';
import type { Findings } from '../finding.ts';
import { named, only, type Story } from '../story.ts';

/** An operator settled it so: the money came and went outside of this system. */
export const isRefundedElsewhere = ({ payment }: Story): boolean =>
  only(payment, 'PaymentReviewResolved').some(
    ({ data }) => data.resolution === ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE,
  );

export function judgeRefunds(story: Story, findings: Findings): void {
  const { orderId, payment } = story;
  const subject = `order ${orderId}`;
  const captures = only(payment, 'PaymentProcessed');
  const refunds = only(payment, 'PaymentRefunded');
  const captured = sumOf(captures.map(({ data }) => data.amount));
  const refunded = sumOf(refunds.map(({ data }) => data.amount));
  for (const [currency, nanos] of isRefundedElsewhere(story) ? [] : refunded) {
    if (nanos <= (captured.get(currency) ?? 0n)) continue;
    findings.violation(subject, 'more was given back than was captured', {
      payment: payment.streamId,
      captured: captures.map(({ data }) => amountText(data.amount)).join(' + ') || 'nothing',
      refunded: refunds.map(({ data }) => amountText(data.amount)).join(' + '),
    });
  }
  only(payment, 'PaymentRefundStarted').forEach(({ data, stored }, index) => {
    if (data.attempt === index + 1) return;
    const evidence = { event: named(stored), attempt: data.attempt, expected: index + 1 };
    findings.violation(subject, "a refund's attempts are not counted from 1", evidence);
  });
}

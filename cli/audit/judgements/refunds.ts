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
  const both = {
    payment: payment.streamId,
    captured: captures.map(({ data }) => amountText(data.amount)).join(' + ') || 'nothing',
    refunded: refunds.map(({ data }) => amountText(data.amount)).join(' + '),
  };
  if (!isRefundedElsewhere(story)) {
    if (exceeds(refunded, captured)) {
      findings.violation(subject, 'more was given back than was captured', both);
    }
    if (payment.status === 'refunded' && exceeds(captured, refunded)) {
      findings.violation(subject, 'less was given back than was captured', both);
    }
  }
  only(payment, 'PaymentRefundStarted').forEach(({ data, stored }, index) => {
    if (data.attempt === index + 1) return;
    const evidence = { event: named(stored), attempt: data.attempt, expected: index + 1 };
    findings.violation(subject, "a refund's attempts are not counted from 1", evidence);
  });
}

/** In any currency. */
const exceeds = (sums: ReadonlyMap<string, bigint>, others: ReadonlyMap<string, bigint>): boolean =>
  [...sums].some(([currency, nanos]) => nanos > (others.get(currency) ?? 0n));

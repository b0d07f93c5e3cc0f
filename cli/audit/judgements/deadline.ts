/** Past its deadline an order has ended, or waits for what only the provider or an operator can say. */
import type { Findings } from '../finding.ts';
import type { OrderStatus, PaymentStatus } from '../lifecycle.ts';
import type { Moment } from '../moment.ts';
import { type Story, standing } from '../story.ts';

/** A timer fires a little late, and its cancellation takes a few steps. */
const MARGIN_MS = 60_000;

const OPEN: readonly OrderStatus[] = ['pending', 'reserved', 'paid', 'needsReview', 'cancelling'];
const UNKNOWN: readonly PaymentStatus[] = ['started', 'cancelling', 'refunding', 'refundFailed'];

export function judgeDeadline(story: Story, findings: Findings, { now, settledBefore }: Moment): void {
  const { orderId, order, payment } = story;
  if (!OPEN.includes(order.status)) return;
  const deadline = order.events[0]?.data.context?.deadline;
  // While a backlog holds the watermark back, timers wait as well.
  const until = Math.min(now.getTime(), settledBefore.getTime()) - MARGIN_MS;
  if (deadline !== undefined && deadline.getTime() >= until) return;
  const isForOperator = payment.status === 'needsReview';
  const isForProvider = order.status === 'cancelling' && UNKNOWN.includes(payment.status);
  if (isForOperator || isForProvider) return;
  findings.violation(`order ${orderId}`, 'it is past its deadline and has not ended', {
    ...standing(story),
    deadline: deadline?.toISOString() ?? 'none',
  });
}

/** Past its deadline, and not before, an order has ended, or waits for what only the provider or an operator can say. */
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { Findings } from '../finding.ts';
import { OPEN, type PaymentStatus } from '../lifecycle.ts';
import type { Moment } from '../moment.ts';
import { named, only, type Story, standing } from '../story.ts';

/** A timer fires a little late, and its cancellation takes a few steps. Clocks of databases differ by less. */
const MARGIN_MS = 60_000;

const UNKNOWN: readonly PaymentStatus[] = ['started', 'cancelling', 'refunding', 'refundFailed'];

export function judgeDeadline(story: Story, findings: Findings, moment: Moment): void {
  judgeTimedOut(story, findings, moment);
  judgeOverdue(story, findings, moment);
}

/**
 * Timers are due by the database's clock, and so is `now`. The event's own time is that of a process which may have slept with its
 * machine, and measures the database's only now and then: it proves nothing.
 */
function judgeTimedOut({ orderId, order }: Story, findings: Findings, { now }: Moment): void {
  const deadline = order.events[0]?.data.context?.deadline;
  const asked = only(order, 'OrderCancellationRequested').find(
    ({ data }) => data.reason === CancellationReason.CANCELLATION_REASON_TIMED_OUT,
  );
  if (!asked || !deadline) return;
  const { stored } = asked;
  const evidence = {
    event: named(stored),
    time: stored.time.toISOString(),
    deadline: deadline.toISOString(),
  };
  if (deadline.getTime() > now.getTime() + MARGIN_MS) {
    findings.violation(`order ${orderId}`, 'it was timed out, and its deadline is yet to come', evidence);
  } else if (deadline.getTime() > stored.time.getTime() + MARGIN_MS) {
    findings.note(`order ${orderId}`, 'it was timed out before its deadline, by its own time', evidence);
  }
}

function judgeOverdue(story: Story, findings: Findings, { now, settledBefore }: Moment): void {
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

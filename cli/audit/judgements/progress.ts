/**
 * An order to which no news is on its way has ended, or waits for the provider or for an operator. Anything else that is open
 * has lost a message: it would only end at its deadline.
 */
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Findings } from '../finding.ts';
import type { OrderStatus, PaymentStatus } from '../lifecycle.ts';
import { type Story, standing } from '../story.ts';

/** What the payment of an order that is not done may be while nothing else is under way. */
const WAITS: Readonly<Partial<Record<OrderStatus, readonly PaymentStatus[]>>> = {
  pending: [],
  reserved: ['started'],
  paid: [],
  needsReview: ['needsReview'],
  cancelling: ['cancelling', 'refunding', 'refundFailed', 'needsReview'],
  refunding: ['refunding', 'refundFailed'],
};

const REFUNDING: readonly PaymentStatus[] = ['refunding', 'refundFailed'];

/**
 * A payment that was made by rpc is undone as soon as the order's own saga asks Payment for anything; of a charge from before the
 * order, and of its review, the order hears nothing but how that ended.
 */
const UNDONE: readonly PaymentStatus[] = ['cancelling', 'needsReview', ...REFUNDING];

export function judgeProgress(story: Story, findings: Findings): void {
  const { orderId, order, payment } = story;
  const subject = `order ${orderId}`;
  const mode = order.events[0]?.data.context?.mode;
  const isMadeByRpc = payment.events[0]?.data.context?.mode !== mode;
  const waits = order.status === 'reserved' && isMadeByRpc ? UNDONE : WAITS[order.status];
  if (waits && mode === SagaMode.SAGA_MODE_CHOREOGRAPHY && !waits.includes(payment.status)) {
    const message = `it is ${order.status}, and no news is on its way to it`;
    findings.violation(subject, message, standing(story));
  } else if (payment.status === 'needsReview') {
    findings.note(subject, 'an operator has to settle its payment', standing(story));
  } else if (REFUNDING.includes(payment.status)) {
    findings.note(subject, 'its refund is under way', standing(story));
  } else if (waits) {
    findings.note(subject, `it is ${order.status}, and waits for the provider`, standing(story));
  }
}

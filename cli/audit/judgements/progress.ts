/**
 * An order to which no news is on its way has ended, or waits for the provider, for an operator, for its cancellation, or for a call
 * that its saga is still to make. Anything else that is open has lost a message: it would only end at its deadline.
 */
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { CallName } from '../../../services/order/direct/tasks.ts';
import type { Findings } from '../finding.ts';
import type { OrderStatus, PaymentStatus } from '../lifecycle.ts';
import { modeOf, type Story, standing } from '../story.ts';

/** What the payment of an order that is not done may be while nothing else is under way. */
const WAITS: Readonly<Partial<Record<OrderStatus, readonly PaymentStatus[]>>> = {
  pending: [],
  // Whoever cancels it at Payment alone tells the order nothing before the provider has answered.
  reserved: ['started', 'cancelling'],
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

/** The call that a direct saga goes on with. */
const CALLS: Readonly<Partial<Record<OrderStatus, CallName>>> = {
  pending: 'ReserveItemsRequested',
  reserved: 'ChargeRequested',
  paid: 'ReserveItemsRequested',
  cancelling: 'CancelPaymentRequested',
  refunding: 'CancelPaymentRequested',
};

export function judgeProgress(story: Story, findings: Findings): void {
  const { orderId, order, payment } = story;
  const subject = `order ${orderId}`;
  const waits = waitsOf(story);
  const whom = waits && whomItWaitsFor(story, waits);
  if (waits && whom === undefined) {
    const message = `it is ${order.status}, and no news is on its way to it`;
    findings.violation(subject, message, standing(story));
  } else if (payment.status === 'needsReview') {
    findings.note(subject, 'an operator has to settle its payment', standing(story));
  } else if (REFUNDING.includes(payment.status)) {
    findings.note(subject, 'its refund is under way', standing(story));
  } else if (waits) {
    findings.note(subject, `it is ${order.status}, and waits for ${whom}`, standing(story));
  }
}

/** undefined: it is done. */
function waitsOf({ order, payment }: Story): readonly PaymentStatus[] | undefined {
  const waits = WAITS[order.status];
  if (order.status !== 'reserved') return waits;
  const mode = modeOf(order);
  // Who made the payment of a direct saga cannot be told.
  if (mode === SagaMode.SAGA_MODE_DIRECT) return ['started', ...UNDONE];
  return modeOf(payment) === mode ? waits : UNDONE;
}

/** undefined: for nobody. */
function whomItWaitsFor(story: Story, waits: readonly PaymentStatus[]): string | undefined {
  const { order, payment, openCalls } = story;
  if (waits.includes(payment.status)) return 'the provider';
  if (isWithoutGoods(story)) return 'its cancellation';
  switch (modeOf(order)) {
    case SagaMode.SAGA_MODE_CHOREOGRAPHY:
    case SagaMode.SAGA_MODE_ORCHESTRATION:
      return undefined;
    case SagaMode.SAGA_MODE_DIRECT: {
      const call = CALLS[order.status];
      const isOpen = openCalls === undefined || (call !== undefined && openCalls.includes(call));
      return isOpen ? 'a call that is still to be made' : undefined;
    }
    default:
      // Of a newer version.
      return 'whoever drives it';
  }
}

/** Somebody else had reserved or released them by rpc, and Catalog keeps to that: the order hears of no goods. */
function isWithoutGoods({ order, reservation }: Story): boolean {
  if (order.status !== 'pending' && order.status !== 'paid') return false;
  if (modeOf(order) === SagaMode.SAGA_MODE_DIRECT) return reservation.status === 'released';
  return order.status === 'pending' && modeOf(reservation) === SagaMode.SAGA_MODE_DIRECT;
}

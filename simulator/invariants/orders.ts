/** 2, 3, 4, 6, 7: each order ends, once, and reservation and payment agree with its end. */
import { CancellationReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { paymentIdOf } from '../../services/payment/domain/commands.ts';
import { queueName } from '../store.ts';
import { Violation } from '../violation.ts';
import type { World } from '../world.ts';
import { type History, ofType } from './histories.ts';
import { auditTransitions } from './transitions.ts';

export function auditOrders(world: World, histories: readonly History[]): void {
  for (const history of histories) {
    if (history.order.length === 0) continue;
    const end = endOf(history);
    auditReservation(history, end);
    auditMoney(world, history, end);
    auditRelease(world, history);
    auditDeadline(world, history);
    auditTransitions(history);
  }
}

type End = 'completed' | 'rejected' | 'cancelled' | 'refunded';
const ENDS: Readonly<Record<string, End>> = {
  OrderCompleted: 'completed',
  OrderRejected: 'rejected',
  OrderCancelled: 'cancelled',
};

const AFTER_END: ReadonlySet<string> = new Set([
  'OrderRefunded',
  'OrderCancellationRequested',
  // What an orchestrator asks for then.
  'ConfirmRequested',
  'ReleaseRequested',
  'ReturnRequested',
  'CancelPaymentRequested',
]);

/** 6, 7. */
function endOf({ orderId, order }: History): End {
  const types = order.map(({ type }) => type);
  const [first] = types;
  const ends = types.flatMap((type) => ENDS[type] ?? []);
  if (first !== 'OrderCreated' || types.lastIndexOf('OrderCreated') > 0) {
    throw new Violation(6, `order ${orderId} does not begin once: ${types.join(', ')}`);
  }
  if (ends.length > 1)
    throw new Violation(6, `order ${orderId} ends ${ends.length} times: ${types.join(', ')}`);
  const [end] = ends;
  if (!end) throw new Violation(7, `order ${orderId} has not ended: ${types.join(', ')}`);
  const afterEnd = types.slice(types.findIndex((type) => ENDS[type]) + 1);
  const refunds = afterEnd.filter((type) => type === 'OrderRefunded').length;
  const others = afterEnd.filter((type) => !AFTER_END.has(type));
  if (others.length > 0 || refunds > 1 || (refunds > 0 && end !== 'completed')) {
    throw new Violation(6, `order ${orderId} goes on after its end: ${types.join(', ')}`);
  }
  if (end === 'completed' && afterEnd.includes('OrderCancellationRequested') && refunds === 0) {
    throw new Violation(7, `order ${orderId} was to be refunded, and is not: ${types.join(', ')}`);
  }
  return refunds > 0 ? 'refunded' : end;
}

const RESERVATION_OF: Readonly<Record<End, readonly string[]>> = {
  completed: ['ReservationConfirmed'],
  refunded: ['ReservationReturned'],
  rejected: ['ReserveFailed'],
  cancelled: ['ReservationReleased', 'ReserveFailed'],
};

/** 2, 3, 4. */
function auditReservation({ orderId, reservation }: History, end: End): void {
  const last = reservation.at(-1)?.type ?? 'nothing';
  if (!RESERVATION_OF[end].includes(last)) {
    throw new Violation(
      end === 'completed' ? 3 : 4,
      `order ${orderId} is ${end}, and its reservation ends with ${last}`,
    );
  }
}

/** 3, 4, by the provider's ledger. */
function auditMoney({ provider }: World, history: History, end: End): void {
  const { orderId, order, payment } = history;
  const captures = provider.captures.filter((capture) => capture.orderId === orderId);
  const references = captures.map(({ reference }) => reference);
  const refunds = provider.refunds.filter(({ chargeReference }) => references.includes(chargeReference));
  const sum = (entries: readonly { readonly amountMinor: bigint }[]) =>
    entries.reduce((total, { amountMinor }) => total + amountMinor, 0n);
  const kept = sum(captures) - sum(refunds);
  const told = `captured ${captures.length} times, refunded ${refunds.length} times`;
  const number = end === 'completed' ? 3 : 4;
  if (captures.length > 1 || refunds.length > 1 || kept < 0n) {
    throw new Violation(number, `order ${orderId} is ${end}, and was ${told}`);
  }
  if (end !== 'completed') {
    const isKept = kept !== 0n && !(end === 'rejected' && isLeftToItsCaller(history));
    if (isKept) throw new Violation(4, `order ${orderId} is ${end}, and ${kept} is kept (${told})`);
    return;
  }
  const [completed] = ofType(order, 'OrderCompleted');
  const [processed] = ofType(payment, 'PaymentProcessed');
  const total = completed?.data.total;
  const totalMinor = (total?.units ?? 0n) * 100n + BigInt((total?.nanos ?? 0) / 10_000_000);
  if (!processed || kept !== totalMinor || captures[0]?.currency !== total?.currencyCode) {
    throw new Violation(
      3,
      `order ${orderId} is completed at ${totalMinor}, and ${kept} was captured (${told})`,
    );
  }
}

/** Order heard of a charge by rpc before there was the order, and Payment hears of no rejection (docs/decisions/0009). */
function isLeftToItsCaller(history: History): boolean {
  const [created] = history.order;
  const [processed] = ofType(history.payment, 'PaymentProcessed');
  if (!created || !processed || isOfItsSaga(history, processed)) return false;
  return processed.commit < created.commit;
}

/** Somebody else may have made the payment, by rpc. */
const isOfItsSaga = ({ order }: History, { data }: History['payment'][number]): boolean =>
  data.context?.mode === order[0]?.data.context?.mode;

/** Goods are never released while they are paid for, nor paid for once they are released. */
function auditRelease({ provider }: World, { orderId, reservation }: History): void {
  const [released] = ofType(reservation, 'ReservationReleased').filter(({ data }) => data.lines.length > 0);
  if (!released) return;
  const captures = provider.captures.filter((capture) => capture.key === paymentIdOf(orderId));
  const isKept = captures.some(
    ({ reference, commit }) =>
      commit >= released.commit ||
      !provider.refunds.some(
        (refund) => refund.chargeReference === reference && refund.commit < released.commit,
      ),
  );
  if (isKept) throw new Violation(4, `the goods of order ${orderId} were released while they were paid for`);
}

/** 7: a backlog delays a deadline, and cancels no order that was paid in time; a parked event may (log/watermark.ts). */
function auditDeadline({ services }: World, history: History): void {
  const { orderId, order, payment } = history;
  const timedOut = ofType(order, 'OrderCancellationRequested').find(
    ({ data }) => data.reason === CancellationReason.CANCELLATION_REASON_TIMED_OUT,
  );
  const [processed] = ofType(payment, 'PaymentProcessed').filter((event) => isOfItsSaga(history, event));
  const deadlineMs =
    order[0]?.type === 'OrderCreated' ? order[0].data.context?.deadline?.getTime() : undefined;
  if (!timedOut || !processed || deadlineMs === undefined) return;
  if (services.order.store.everParked.has(queueName('order.payments', paymentIdOf(orderId)))) return;
  const isInTime = processed.time.getTime() <= deadlineMs && processed.commit < timedOut.commit;
  if (isInTime)
    throw new Violation(7, `order ${orderId} was paid in time, and was cancelled by its deadline`);
}

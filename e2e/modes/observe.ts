/** What all parts of the system say of an order, in the words of endings.ts. */
import assert from 'node:assert/strict';
import { OrderlogError } from '../../platform/errors.ts';
import { amountOf } from '../../platform/money.ts';
import { reservationStatusToJSON } from '../../proto/gen/orderlog/catalog/v1/types.ts';
import type { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import {
  cancellationReasonToJSON,
  orderStatusToJSON,
  rejectionReasonToJSON,
} from '../../proto/gen/orderlog/order/v1/types.ts';
import { paymentStatusToJSON } from '../../proto/gen/orderlog/payment/v1/types.ts';
import type { Bed } from './bed.ts';
import type { LoggedEvent } from './logView.ts';

export interface Observed {
  readonly status: string;
  readonly reason: string;
  readonly reservation: string;
  readonly payment: string;
  readonly charges: number;
  readonly money: 'never taken' | 'kept' | 'given back' | 'given back in part';
  /** Types of the order's own events. */
  readonly events: readonly string[];
  /** In minor units: what it costs by its own account, what is charged, and what the provider took; undefined: nothing. */
  readonly amounts: Readonly<Record<'order' | 'payment' | 'provider', bigint | undefined>>;
  readonly order: Order;
}

/** Throws if an event of it stands in the log twice, or not yet. */
export async function observe(bed: Bed, orderId: string): Promise<Observed> {
  const { order } = await bed.orders.getOrder({ orderId });
  assert.ok(order);
  const reservation = await unlessNone(bed.catalog.getReservation({ orderId }).then((it) => it.reservation));
  const payment = await unlessNone(bed.payment.getPayment({ orderId }).then((it) => it.payment));
  const { charges, taken, back } = await bed.ledger.of(orderId);
  const logged = await bed.log.of(orderId);
  assertEachOnce('order', logged.order, order.version);
  assertEachOnce('reservation', logged.reservation, reservation?.version);
  assertEachOnce('payment', logged.payment, payment?.version);
  return {
    status: short(orderStatusToJSON(order.status), 'ORDER_STATUS_'),
    reason: reasonOf(order),
    reservation: reservation
      ? short(reservationStatusToJSON(reservation.status), 'RESERVATION_STATUS_')
      : 'none',
    payment: payment ? short(paymentStatusToJSON(payment.status), 'PAYMENT_STATUS_') : 'none',
    charges,
    money: moneyOf(taken, back),
    events: logged.order.map(({ type }) => type).filter((type) => !isOrchestration(type)),
    amounts: {
      order: minorOf(order.total),
      payment: minorOf(payment?.amount),
      provider: taken || undefined,
    },
    order,
  };
}

/** The orchestrator's own, which the other modes do not write. */
const isOrchestration = (type: string): boolean =>
  type.endsWith('Requested') && type !== 'OrderCancellationRequested';

const short = (name: string, prefix: string): string => name.replace(prefix, '');

function reasonOf({ rejectionReason, cancellationReason }: Order): string {
  const rejection = short(rejectionReasonToJSON(rejectionReason), 'REJECTION_REASON_');
  const cancellation = short(cancellationReasonToJSON(cancellationReason), 'CANCELLATION_REASON_');
  return [rejection, cancellation].find((name) => name !== 'UNSPECIFIED') ?? '';
}

const minorOf = (money: Order['total']): bigint | undefined => money && amountOf(money, 'total').minor;

function moneyOf(taken: bigint, back: bigint): Observed['money'] {
  if (taken === 0n) return 'never taken';
  if (back === 0n) return 'kept';
  return back === taken ? 'given back' : 'given back in part';
}

async function unlessNone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof OrderlogError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** Versions 1 to the last, each once, in order. */
function assertEachOnce(aggregate: string, logged: readonly LoggedEvent[], last = 0): void {
  const wanted = Array.from({ length: last }, (_, n) => n + 1);
  assert.deepEqual(
    logged.map(({ version }) => version),
    wanted,
    `versions of the ${aggregate} in the log`,
  );
}

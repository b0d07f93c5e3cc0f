/** Calls at Catalog and Payment by somebody else than the saga: an operator, or a caller who repeats what was done. */
import { randomUUID } from 'node:crypto';
import { moneyOf } from '../../platform/money.ts';
import { untilAccepted } from '../support/orders.ts';
import type { Bed } from './bed.ts';
import { type Cast, type CastOrder, totalOf } from './cast.ts';
import type { StepRpc } from './steps.ts';

/** A new request each time. */
export function callRpc(bed: Bed, cast: Cast, order: CastOrder, rpc: StepRpc): Promise<object> {
  const { catalog, payment } = bed;
  const { orderId, request } = order;
  const { customerId, lines, paymentToken, expectedTotal } = request;
  const own = { requestId: randomUUID(), orderId };
  const amount = moneyOf({ currency: 'EUR', minor: totalOf(cast, order) });
  const deadline = undefined;
  const calls: Readonly<Record<StepRpc, () => Promise<object>>> = {
    reserveItems: () => catalog.reserveItems({ ...own, customerId, lines, expectedTotal, deadline }),
    releaseReservation: () => catalog.releaseReservation({ ...own, customerId }),
    confirmReservation: () => catalog.confirmReservation(own),
    charge: () => payment.charge({ ...own, customerId, paymentToken, amount, deadline }),
    cancelPayment: () => payment.cancelPayment({ ...own, customerId }),
    refund: () => payment.refund({ ...own, reason: 'goodwill' }),
  };
  return untilAccepted(calls[rpc]);
}

/**
 * The calls of a direct saga, one handler a request of the saga's definition: what Catalog or Payment answers becomes a
 * report on the order, the same that their events bring. Both may come, in any order: the second changes nothing.
 */
import { required } from '../../../platform/policies.ts';
import { type Keyring, open } from '../../../platform/sealing.ts';
import type { TaskHandler } from '../../../platform/taskWorker.ts';
import { backoffMs } from '../../../platform/wait.ts';
import type { Reservation } from '../../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { ReservationStatus } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import {
  ChargeOutcome,
  type ChargeResponse,
  type Payment,
} from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderCommand, OrderReport } from '../domain/commands.ts';
import { rejectionReasonOf } from '../domain/rejectionReason.ts';
import type { OrderRequest } from '../domain/requests.ts';
import type { OrderState } from '../domain/state.ts';
import { CallUnknown, isTaken, type Remotes } from './remote.ts';
import { callRequestIdOf, type PendingCall, readCall } from './tasks.ts';

const CALL_TIMEOUT_MS = 5_000;
/** Longer than Payment itself waits for one answer of the provider; later ones the log tells. */
const CHARGE_TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 30_000;

type Report<T extends OrderReport = OrderReport> = T extends OrderReport
  ? Omit<T, 'orderId' | 'mode'>
  : never;
type Call<T extends OrderRequest['type']> = (call: PendingCall<T>, signal: AbortSignal) => Promise<Report>;
type Handlers = Readonly<Record<OrderRequest['type'], TaskHandler<OrderState, OrderCommand>>>;

const callDone: Report = { type: 'NoteCallDone' };

export function directCalls({ catalog, payment }: Remotes, tokenKeys: Keyring): Handlers {
  const confirm = (orderId: string, signal: AbortSignal) => {
    const wish = { requestId: callRequestIdOf(orderId, 'ConfirmRequested'), orderId };
    return catalog.call(CALL_TIMEOUT_MS, (to, options) => to.confirmReservation(wish, options), signal);
  };
  return {
    ReserveItemsRequested: handler(
      'ReserveItemsRequested',
      async ({ request, orderId, requestId }, signal) => {
        const { customerId, expectedTotal, deadline } = required(request.context, 'context');
        const wish = { requestId, orderId, customerId, lines: request.lines, expectedTotal, deadline };
        const answer = await catalog.call(
          CALL_TIMEOUT_MS,
          (to, options) => to.reserveItems(wish, options),
          signal,
        );
        return reservationReport(required(answer.reservation, 'reservation'));
      },
    ),
    ChargeRequested: handler('ChargeRequested', async ({ request, orderId, requestId }, signal) => {
      const { customerId, sealedPaymentToken, deadline } = required(request.context, 'context');
      const sealed = required(sealedPaymentToken, 'context.sealed_payment_token');
      const paymentToken = open(tokenKeys, sealed, orderId);
      const wish = { requestId, orderId, customerId, paymentToken, amount: request.amount, deadline };
      try {
        const answer = await payment.call(
          CHARGE_TIMEOUT_MS,
          (to, options) => to.charge(wish, options),
          signal,
        );
        return chargeReport(answer);
      } catch (error) {
        // Payment asks the provider until it knows; the log will tell.
        if (isTaken(error)) return callDone;
        throw error;
      }
    }),
    CancelPaymentRequested: handler(
      'CancelPaymentRequested',
      async ({ request, orderId, requestId }, signal) => {
        const { customerId } = required(request.context, 'context');
        const wish = { requestId, orderId, customerId };
        const answer = await payment.call(
          CALL_TIMEOUT_MS,
          (to, options) => to.cancelPayment(wish, options),
          signal,
        );
        return paymentReport(required(answer.payment, 'payment'));
      },
    ),
    ConfirmRequested: handler('ConfirmRequested', async ({ orderId }, signal) => {
      await confirm(orderId, signal);
      return callDone;
    }),
    ReleaseRequested: handler('ReleaseRequested', async ({ request, orderId, requestId }, signal) => {
      const wish = { requestId, orderId, customerId: required(request.context, 'context').customerId };
      await catalog.call(CALL_TIMEOUT_MS, (to, options) => to.releaseReservation(wish, options), signal);
      return callDone;
    }),
    ReturnRequested: handler('ReturnRequested', async ({ orderId, requestId }, signal) => {
      // That call may have been put off: only what left the shelf can be put back.
      await confirm(orderId, signal);
      const wish = { requestId, orderId };
      await catalog.call(CALL_TIMEOUT_MS, (to, options) => to.returnReservation(wish, options), signal);
      return callDone;
    }),
  };
}

function handler<T extends OrderRequest['type']>(
  type: T,
  call: Call<T>,
): TaskHandler<OrderState, OrderCommand> {
  return async (task, signal) => {
    const pending = readCall(type, task);
    const { orderId, cause } = pending;
    try {
      const report = await call(pending, signal);
      return { command: { ...report, orderId, mode: SagaMode.SAGA_MODE_DIRECT }, cause };
    } catch (error) {
      if (!(error instanceof CallUnknown)) throw error;
      const backoff = backoffMs(task.attempts - 1, FIRST_RETRY_MS, MAX_RETRY_MS);
      // An advice, and no more: the order waits.
      return { againAfterMs: Math.min(error.retryAfterMs ?? backoff, MAX_RETRY_MS), error: error.message };
    }
  };
}

function reservationReport({ status, lines, total, failureReason, message }: Reservation): Report {
  switch (status) {
    case ReservationStatus.RESERVATION_STATUS_RESERVED:
    case ReservationStatus.RESERVATION_STATUS_CONFIRMED:
    case ReservationStatus.RESERVATION_STATUS_RETURNED:
      return { type: 'NoteItemsReserved', lines, total: required(total, 'total') };
    case ReservationStatus.RESERVATION_STATUS_FAILED:
      return { type: 'NoteReserveFailed', reason: rejectionReasonOf(failureReason), message };
    case ReservationStatus.RESERVATION_STATUS_RELEASED:
      // It was given up before: the order's end is on its way.
      return callDone;
    default:
      throw new Error(
        `Catalog answers with a reservation status ${status}, which this version does not know`,
      );
  }
}

function chargeReport({ outcome, paymentId, amount, message }: ChargeResponse): Report {
  switch (outcome) {
    case ChargeOutcome.CHARGE_OUTCOME_CAPTURED:
      return { type: 'NotePaymentProcessed', paymentId, amount: required(amount, 'amount') };
    case ChargeOutcome.CHARGE_OUTCOME_DECLINED:
      return { type: 'NotePaymentFailed', message };
    case ChargeOutcome.CHARGE_OUTCOME_VOIDED:
      return { type: 'NotePaymentVoided' };
    default:
      throw new Error(`Payment answers with an outcome ${outcome}, which this version does not know`);
  }
}

/** Of a payment that was cancelled just now. What is still on its way back is told by the log. */
function paymentReport({ status, paymentId, amount, message }: Payment): Report {
  switch (status) {
    case PaymentStatus.PAYMENT_STATUS_VOIDED:
      return { type: 'NotePaymentVoided' };
    case PaymentStatus.PAYMENT_STATUS_DECLINED:
      return { type: 'NotePaymentFailed', message };
    case PaymentStatus.PAYMENT_STATUS_REFUNDED:
      return { type: 'NotePaymentRefunded', paymentId, amount: required(amount, 'amount') };
    default:
      return callDone;
  }
}

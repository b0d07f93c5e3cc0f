import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OrderlogError } from '../../../platform/errors.ts';
import { seal } from '../../../platform/sealing.ts';
import { Reservation } from '../../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { ReservationStatus, ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import {
  ChargeOutcome,
  ChargeResponse,
  Payment,
} from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderEvent } from '../domain/events.ts';
import * as samples from '../domain/samples.testing.ts';
import { directCalls } from './calls.ts';
import { createRemote } from './remote.ts';
import { callTasks } from './tasks.ts';

const { ORDER_ID, total } = samples;
const never = new AbortController().signal;
const tokenKeys = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 5)]]) };
const context = {
  ...samples.context,
  mode: SagaMode.SAGA_MODE_DIRECT,
  sealedPaymentToken: seal(tokenKeys, 'tok_ok', ORDER_ID),
};

/** Answers as it is told, and remembers what it was asked. */
function bed(answers: Partial<Record<string, () => unknown>>) {
  const asked: { readonly rpc: string; readonly request: Readonly<Record<string, unknown>> }[] = [];
  const client = new Proxy({} as never, {
    get: (_, rpc: string) => async (request: Record<string, unknown>) => {
      asked.push({ rpc, request });
      return answers[rpc]?.();
    },
  });
  const remotes = { catalog: createRemote('Catalog', client), payment: createRemote('Payment', client) };
  const calls = directCalls(remotes, tokenKeys);
  async function call(event: OrderEvent, attempts = 1) {
    const [task] = callTasks({ ...event, data: { ...event.data, context } } as OrderEvent, {
      version: 3,
      time: new Date(),
    });
    if (!task) throw new Error(`${event.type} asks for nothing`);
    return calls[task.kind as keyof typeof calls](
      { ...task, attempts, createdAt: new Date(), ageMs: 0 },
      never,
    );
  }
  return { call, asked, remotes };
}

const unavailable = () => {
  throw new OrderlogError('UNAVAILABLE', 'UNAVAILABLE', 'nobody there', { retryAfterMs: 50 });
};
const report = { orderId: ORDER_ID, mode: SagaMode.SAGA_MODE_DIRECT };

describe('a call of a direct saga', () => {
  const { lines } = samples.noteItemsReserved;
  const reservation = (fields: object) => () => ({
    reservation: Reservation.fromPartial({ orderId: ORDER_ID, ...fields }),
  });
  const charged = (fields: object) => () => ChargeResponse.fromPartial(fields);
  const payment = (fields: object) => () => ({ payment: Payment.fromPartial(fields) });
  const { RESERVATION_STATUS_RESERVED, RESERVATION_STATUS_FAILED, RESERVATION_STATUS_RELEASED } =
    ReservationStatus;
  const cases: readonly [string, OrderEvent, string, () => unknown, object][] = [
    [
      'goods that are held',
      samples.orderCreated,
      'reserveItems',
      reservation({ status: RESERVATION_STATUS_RESERVED, lines, total }),
      { type: 'NoteItemsReserved', lines, total },
    ],
    [
      'goods that are short',
      samples.orderCreated,
      'reserveItems',
      reservation({
        status: RESERVATION_STATUS_FAILED,
        failureReason: ReserveFailureReason.RESERVE_FAILURE_REASON_OUT_OF_STOCK,
        message: 'short',
      }),
      {
        type: 'NoteReserveFailed',
        reason: RejectionReason.REJECTION_REASON_OUT_OF_STOCK,
        message: 'short',
      },
    ],
    [
      'goods that were given up before',
      samples.orderCreated,
      'reserveItems',
      reservation({ status: RESERVATION_STATUS_RELEASED }),
      { type: 'NoteCallDone' },
    ],
    [
      'money that is captured',
      samples.itemsReserved,
      'charge',
      charged({ outcome: ChargeOutcome.CHARGE_OUTCOME_CAPTURED, paymentId: 'p', amount: total }),
      { type: 'NotePaymentProcessed', paymentId: 'p', amount: total },
    ],
    [
      'a charge that is declined',
      samples.itemsReserved,
      'charge',
      charged({ outcome: ChargeOutcome.CHARGE_OUTCOME_DECLINED, message: 'no' }),
      { type: 'NotePaymentFailed', message: 'no' },
    ],
    [
      'a charge that was voided before',
      samples.itemsReserved,
      'charge',
      charged({ outcome: ChargeOutcome.CHARGE_OUTCOME_VOIDED }),
      { type: 'NotePaymentVoided' },
    ],
    [
      'a payment that is given back',
      samples.cancellationRequested,
      'cancelPayment',
      payment({ status: PaymentStatus.PAYMENT_STATUS_REFUNDED, paymentId: 'p', amount: total }),
      { type: 'NotePaymentRefunded', paymentId: 'p', amount: total },
    ],
    [
      'a payment that is on its way back: the log tells when it is there',
      samples.cancellationRequested,
      'cancelPayment',
      payment({ status: PaymentStatus.PAYMENT_STATUS_CANCELLING }),
      { type: 'NoteCallDone' },
    ],
    [
      'goods off the shelf',
      samples.orderCompleted,
      'confirmReservation',
      () => ({}),
      { type: 'NoteCallDone' },
    ],
    [
      'goods free again',
      samples.cancelledAsDeclined,
      'releaseReservation',
      () => ({}),
      { type: 'NoteCallDone' },
    ],
  ];
  for (const [what, event, rpc, answer, expected] of cases) {
    it(`notes ${what}`, async () => {
      const { call, asked } = bed({ [rpc]: answer });
      const result = await call(event);
      assert.deepEqual('command' in result && result.command, { ...expected, ...report });
      assert.deepEqual(
        asked.map((each) => [each.rpc, each.request.orderId]),
        [[rpc, ORDER_ID]],
      );
    });
  }

  it('puts back only what has left the shelf, although that call may have been put off', async () => {
    const { call, asked } = bed({ confirmReservation: () => ({}), returnReservation: () => ({}) });
    const result = await call(samples.orderRefunded);
    assert.deepEqual('command' in result && result.command, { type: 'NoteCallDone', ...report });
    await call(samples.orderCompleted);
    assert.deepEqual(
      asked.map(({ rpc }) => rpc),
      ['confirmReservation', 'returnReservation', 'confirmReservation'],
    );
    assert.equal(asked[0]?.request.requestId, asked[2]?.request.requestId);
  });

  it('is repeated under the same request id as long as nobody knows what it did', async () => {
    const { call, asked } = bed({ charge: unavailable });
    for (const attempt of [1, 2, 3]) {
      const result = await call(samples.itemsReserved, attempt);
      assert.equal('againAfterMs' in result && result.againAfterMs, 50);
    }
    assert.deepEqual(new Set(asked.map(({ request }) => request.requestId)).size, 1);
    assert.equal(asked[0]?.request.paymentToken, 'tok_ok');
  });

  it('is made again soon enough, whatever the other side advises', async () => {
    const { call } = bed({
      charge() {
        throw new OrderlogError('RESOURCE_EXHAUSTED', 'QUEUE_TOO_LONG', 'later', { retryAfterMs: 450_000 });
      },
    });
    const result = await call(samples.itemsReserved);
    assert.equal('againAfterMs' in result && result.againAfterMs, 30_000);
  });

  it('leaves a charge to Payment that has taken it and has no answer yet, and blames nobody', async () => {
    const { call, remotes } = bed({
      charge() {
        throw new OrderlogError('DEADLINE_EXCEEDED', 'CHARGE_UNKNOWN', 'it goes on', { retryAfterMs: 1_000 });
      },
    });
    for (let n = 0; n < 10; n++) {
      const result = await call(samples.itemsReserved);
      assert.deepEqual('command' in result && result.command, { type: 'NoteCallDone', ...report });
    }
    assert.equal(remotes.payment.refusal(), undefined);
  });

  it('says it where the other side refuses, and does not take that for an outcome', async () => {
    const { call } = bed({
      confirmReservation() {
        throw new OrderlogError('FAILED_PRECONDITION', 'RESERVATION_RELEASED', 'it is released');
      },
    });
    await assert.rejects(call(samples.orderCompleted), { reason: 'RESERVATION_RELEASED' });
  });

  it('is not made while the breaker is open, after more than 5 failures in a row', async () => {
    const { call, asked, remotes } = bed({ reserveItems: unavailable });
    for (let n = 0; n < 6; n++) {
      assert.equal(remotes.catalog.refusal(), undefined);
      await call(samples.orderCreated);
    }
    assert.equal(remotes.catalog.refusal()?.reason, 'BREAKER_OPEN');
    assert.equal(remotes.payment.refusal(), undefined);
    const result = await call(samples.orderCreated);
    assert.match('error' in result ? result.error : '', /breaker is open/);
    assert.equal(asked.length, 6);
  });

  it('is put off, and nobody blamed, where the other side sheds it', async () => {
    const { call, remotes } = bed({
      reserveItems() {
        throw new OrderlogError('RESOURCE_EXHAUSTED', 'QUEUE_FULL', 'full', { retryAfterMs: 500 });
      },
    });
    for (let n = 0; n < 10; n++) await call(samples.orderCreated);
    assert.equal(remotes.catalog.refusal(), undefined);
  });
});

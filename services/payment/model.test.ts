import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW } from '../../platform/deciderTesting.ts';
import { paymentDecider } from './domain/decide.ts';
import type { PaymentEvent } from './domain/events.ts';
import {
  cancellationRequested,
  cancelPayment,
  failed,
  HISTORIES,
  ORDER_ID,
  PAYMENT_ID,
  processed,
  recordCaptured,
  refundFailed,
  refundStarted,
  startCharge,
  started,
  voided,
} from './domain/samples.testing.ts';
import { initialCase } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { fromRow, toRow } from './rows.ts';
import { chargeTaskIdOf, readRefundPayload } from './tasks.ts';

const meta = { version: 3, time: NOW };
const tasksOf = (event: PaymentEvent) => paymentModel.tasksOf(event, meta);

describe("Payment's write model", () => {
  it('touches the payment of the order, and looks at the task of its charge where that decides', () => {
    const row = { table: 'payments', key: PAYMENT_ID };
    const task = { table: 'tasks', key: chargeTaskIdOf(PAYMENT_ID) };
    assert.deepEqual(paymentModel.keysOf(startCharge), [row, task]);
    assert.deepEqual(paymentModel.keysOf(cancelPayment), [row, task]);
    assert.deepEqual(paymentModel.keysOf(recordCaptured), [row]);
  });

  it('puts its events under the payment, in the partition of the order', () => {
    assert.deepEqual(paymentModel.address(processed), {
      table: 'payments',
      key: PAYMENT_ID,
      streamId: PAYMENT_ID,
      partitionKey: ORDER_ID,
    });
  });

  it('asks the provider once a charge has started, and withdraws that once it is void', () => {
    const [task] = tasksOf(started);
    assert.deepEqual([task?.taskId, task?.kind], [chargeTaskIdOf(PAYMENT_ID), 'charge']);
    assert.deepEqual(tasksOf(started), [task]);
    assert.deepEqual(paymentModel.withdrawnBy?.(voided), [task?.taskId]);
    for (const event of [processed, failed, voided, cancellationRequested, refundFailed]) {
      assert.deepEqual(tasksOf(event), []);
    }
  });

  it('asks for each attempt at a refund once: the first at once, the others later each time', () => {
    const tasks = [1, 2, 3, 40].flatMap((attempt) => tasksOf(refundStarted(attempt)));
    assert.deepEqual(
      tasks.map(({ kind, dueAt }) => [kind, dueAt && dueAt.getTime() - NOW.getTime()]),
      [
        ['refund', undefined],
        ['refund', 2_000],
        ['refund', 4_000],
        ['refund', 3_600_000],
      ],
    );
    assert.equal(new Set(tasks.map(({ taskId }) => taskId)).size, tasks.length);
    const { version, started: event } = readRefundPayload(tasks[1]?.payload ?? Buffer.alloc(0));
    assert.deepEqual([version, event.attempt, event.providerReference], [3, 2, 'ch_1']);
  });

  it('writes every state as a row that reads as the same state', () => {
    for (const history of HISTORIES) {
      const state = foldEvents(paymentDecider, initialCase, history).payment;
      assert.ok(state.status !== 'none' && state.status !== 'unreadable');
      assert.deepEqual(fromRow(toRow(state)), state);
      assert.deepEqual(fromRow({ ...toRow(state), status: 'gift-wrapped' }), { status: 'unreadable' });
    }
  });
});

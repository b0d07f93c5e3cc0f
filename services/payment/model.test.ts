import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW } from '../../platform/deciderTesting.ts';
import { paymentDecider } from './domain/decide.ts';
import type { PaymentEvent } from './domain/events.ts';
import {
  failed,
  needsReview,
  ORDER_ID,
  PAYMENT_ID,
  processed,
  recordCaptured,
  refunded,
  refundFailed,
  startCharge,
  started,
  voided,
} from './domain/samples.testing.ts';
import { initialPayment } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { fromRow, toRow } from './rows.ts';

const meta = { version: 1, time: NOW };

describe("Payment's write model", () => {
  it('touches one row, the payment of the order', () => {
    const row = { table: 'payments', key: PAYMENT_ID };
    assert.deepEqual(paymentModel.keysOf(startCharge), [row]);
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

  it('asks the provider once a charge has started, and only then', () => {
    const tasks = paymentModel.tasksOf(started, meta);
    assert.deepEqual(
      tasks.map(({ kind }) => kind),
      ['charge'],
    );
    assert.deepEqual(paymentModel.tasksOf(started, meta), tasks);
    for (const event of [processed, failed, voided]) assert.deepEqual(paymentModel.tasksOf(event, meta), []);
  });

  it('writes every state as a row that reads as the same state', () => {
    const histories: PaymentEvent[][] = [
      [started],
      [started, processed],
      [started, failed],
      [voided],
      [started, voided],
      [started, processed, refundFailed],
      [started, processed, refunded],
      [started, needsReview],
    ];
    for (const history of histories) {
      const state = foldEvents(paymentDecider, initialPayment, history);
      assert.ok(state.status !== 'none' && state.status !== 'unreadable');
      assert.deepEqual(fromRow(toRow(state)), state);
      assert.deepEqual(fromRow({ ...toRow(state), status: 'gift-wrapped' }), { status: 'unreadable' });
    }
  });
});

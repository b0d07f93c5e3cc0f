import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EventMeta } from '../../platform/decider.ts';
import { rowName, type WorkingSet } from '../../platform/fold.ts';
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import { replayEvents, rowsOf } from '../../platform/recovery/replay.ts';
import type { PaymentEvent } from './domain/events.ts';
import {
  cancellationRequested,
  failed,
  needsReview,
  ORDER_ID,
  PAYMENT_ID,
  processed,
  refunded,
  refundFailed,
  refundStarted,
  started,
  voided,
} from './domain/samples.testing.ts';
import { initialPayment } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { paymentReplay } from './recovery.ts';
import { chargeTaskIdOf, refundTaskIdOf } from './tasks.ts';

/** The tasks that are open after these events came back from the log, the last of them in a chunk of its own. */
function openAfter(...events: readonly PaymentEvent[]): readonly string[] {
  const rows: WorkingSet = new Map();
  const read = events.map((event, index) => ({ event, message: messageOf(event, { version: index + 1 }) }));
  for (const { event } of read) {
    for (const key of rowsOf(paymentReplay, event)) {
      rows.set(rowName(key), { key, state: initialPayment, version: 0, storedVersion: 0, dirty: false });
    }
  }
  const open = new Set<string>();
  for (const chunk of [read.slice(0, -1), read.slice(-1)]) {
    const { tasks, settled } = replayEvents(paymentReplay, rows, chunk);
    for (const taskId of settled) open.delete(taskId);
    for (const taskId of tasks.keys()) open.add(taskId);
  }
  return [...open];
}

const messageOf = (event: PaymentEvent, { version }: Pick<EventMeta, 'version'>) => ({
  stream: 'PAYMENTS',
  sequence: version,
  subject: '',
  partition: partitionOf(ORDER_ID),
  eventId: eventIdOf('payment', PAYMENT_ID, version),
  type: paymentModel.codec.fullName(event.type),
  streamId: PAYMENT_ID,
  version,
  time: new Date('2026-01-02T03:04:05.678Z'),
  prev: 0,
  epoch: 1,
  cause: undefined,
  traceparent: undefined,
  payload: paymentModel.codec.encode(event),
});

describe('payments that come back from the log', () => {
  const charge = [chargeTaskIdOf(PAYMENT_ID)];
  const refund = (attempt: number) => [refundTaskIdOf(PAYMENT_ID, attempt)];

  it('have the call open whose answer the log does not hold', () => {
    assert.deepEqual(openAfter(started), charge);
    assert.deepEqual(openAfter(started, cancellationRequested), charge);
    assert.deepEqual(openAfter(started, processed, refundStarted()), refund(1));
    assert.deepEqual(
      openAfter(started, processed, refundStarted(), refundFailed, refundStarted(2)),
      refund(2),
    );
  });

  it('have no call open that was answered, withdrawn or given up', () => {
    for (const history of [
      [started, processed],
      [started, failed],
      [started, voided],
      [voided],
      [started, needsReview],
      [started, cancellationRequested, voided],
      [started, processed, refundStarted(), refunded],
      [started, processed, refundStarted(), refundFailed, refundStarted(2), refunded],
    ]) {
      assert.deepEqual(openAfter(...history), [], history.map(({ type }) => type).join(', '));
    }
  });
});

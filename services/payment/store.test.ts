import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { foldEvents, NOW } from '../../platform/deciderTesting.ts';
import { derivedId } from '../../platform/ids.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import { type PaymentCommand, paymentIdOf } from './domain/commands.ts';
import { paymentDecider } from './domain/decide.ts';
import type { PaymentEvent } from './domain/events.ts';
import {
  context,
  needsReview,
  PAYMENT_ID,
  processed,
  recordCaptured,
  recordDeclined,
  refunded,
  refundFailed,
  startCharge,
  started,
  voided,
} from './domain/samples.testing.ts';
import { initialPayment, type PaymentState } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { paymentsTable } from './store.ts';

describe('payments in PostgreSQL', () => {
  let test: TestDatabase;
  let writer: Writer<PaymentState, PaymentCommand, PaymentEvent>;

  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('payment');
    writer = { db: test.db, model: paymentModel, maxPayloadBytes: 1_000_000, onCommitted: () => undefined };
  });
  after(() => test.drop());

  const run = (...commands: PaymentCommand[]) =>
    runBatch(
      writer,
      commands.map((command) => ({ command, now: NOW })),
    );
  const read = async (paymentId = PAYMENT_ID) =>
    (await paymentsTable.read(test.db, [paymentId])).get(paymentId);

  it('are stored as their events tell them, and keep the first outcome', async () => {
    await run(startCharge, startCharge);
    assert.deepEqual(await read(), {
      state: foldEvents(paymentDecider, initialPayment, [started]),
      version: 1,
    });
    await run(recordCaptured);
    await run(startCharge, recordCaptured, recordDeclined);
    assert.deepEqual(await read(), {
      state: foldEvents(paymentDecider, initialPayment, [started, processed]),
      version: 2,
    });
  });

  it('ask for one call to the provider, however often the charge is started at once', async () => {
    const orderId = derivedId('order/a test/2');
    const start: PaymentCommand = { ...startCharge, context: { ...context, orderId } };
    await Promise.all(Array.from({ length: 8 }, () => run(start)));
    const taskId = derivedId(`task/charge/${paymentIdOf(orderId)}`);
    const { rows } = await sql`select kind from tasks where task_id = ${taskId}`.execute(test.db);
    assert.deepEqual(rows, [{ kind: 'charge' }]);
  });

  it('come back as they were written, in every status', async () => {
    const histories: PaymentEvent[][] = [
      [voided],
      [started, voided],
      [started, processed, refundFailed],
      [started, processed, refunded],
      [started, needsReview],
    ];
    for (const [index, history] of histories.entries()) {
      const orderId = derivedId(`order/a test/${10 + index}`);
      const key = paymentIdOf(orderId);
      const own = history.map(({ type, data }) => {
        return { type, data: { ...data, paymentId: key, context: { ...context, orderId } } } as PaymentEvent;
      });
      const rows = own.map((_, version) => ({
        key,
        state: foldEvents(paymentDecider, initialPayment, own.slice(0, version + 1)),
        version: version + 1,
      }));
      await paymentsTable.insert(test.db, rows.slice(0, 1));
      for (const row of rows.slice(1)) await paymentsTable.update(test.db, [row]);
      const last = rows.at(-1);
      assert.deepEqual(await read(key), { state: last?.state, version: last?.version });
    }
  });
});

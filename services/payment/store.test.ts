import assert from 'node:assert/strict';
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
  HISTORIES,
  needsReview,
  PAYMENT_ID,
  processed,
  recordCaptured,
  recordDeclined,
  startCharge,
  started,
} from './domain/samples.testing.ts';
import { initialCase, type PaymentCase } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { listPayments, paymentsTable } from './store.ts';

const stateAfter = (history: readonly PaymentEvent[]) =>
  foldEvents(paymentDecider, initialCase, history).payment;

describe('payments in PostgreSQL', () => {
  let test: TestDatabase;
  let writer: Writer<PaymentCase, PaymentCommand, PaymentEvent>;

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
    assert.deepEqual(await read(), { state: stateAfter([started]), version: 1 });
    await run(recordCaptured);
    await run(startCharge, recordCaptured, recordDeclined);
    assert.deepEqual(await read(), { state: stateAfter([started, processed]), version: 2 });
  });

  it('come back as they were written, in every status', async () => {
    for (const [index, history] of HISTORIES.entries()) {
      const orderId = derivedId(`order/a test/${10 + index}`);
      const key = paymentIdOf(orderId);
      const own = history.map(({ type, data }) => {
        return { type, data: { ...data, paymentId: key, context: { ...context, orderId } } } as PaymentEvent;
      });
      const rows = own.map((_, version) => ({
        key,
        state: stateAfter(own.slice(0, version + 1)),
        version: version + 1,
      }));
      await paymentsTable.insert(test.db, rows.slice(0, 1));
      for (const row of rows.slice(1)) await paymentsTable.update(test.db, [row]);
      const last = rows.at(-1);
      assert.deepEqual(await read(key), { state: last?.state, version: last?.version });
    }
  });

  it('are listed by page: all of them, or those that need a review', async () => {
    const idsOf = async (needsReviewOnly: boolean) => {
      const ids: string[] = [];
      for (;;) {
        const filter = { needsReview: needsReviewOnly, afterId: ids.at(-1) ?? '', limit: 5 };
        const page = await listPayments(test.db, filter);
        if (page.length === 0) return ids;
        ids.push(...page.map(({ state }) => ('paymentId' in state ? state.paymentId : '')));
      }
    };
    const all = await idsOf(false);
    assert.equal(all.length, HISTORIES.length + 1);
    assert.deepEqual(all, [...new Set(all)].sort());
    const inReview = HISTORIES.filter((history) => history.includes(needsReview)).length;
    assert.equal((await idsOf(true)).length, inReview);
  });
});

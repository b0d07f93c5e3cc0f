import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { NOW } from '../../platform/deciderTesting.ts';
import { derivedId } from '../../platform/ids.ts';
import { type DueTimer, dueTimers } from '../../platform/timers/timers.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import { timerCommands } from './deadline.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import {
  cancelOrder,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentProcessed,
  notePaymentVoided,
  noteReserveFailed,
  placeOrder,
} from './domain/samples.testing.ts';
import type { OrderState } from './domain/state.ts';
import { orderModel } from './model.ts';
import { orderTables } from './store.ts';

const FAR = new Date('2100-01-01T00:00:00Z');

describe("an order's deadline", () => {
  let test: TestDatabase;
  let writer: Writer<OrderState, OrderCommand, OrderEvent>;
  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('order');
    writer = { db: test.db, model: orderModel, maxPayloadBytes: 1_000_000, onCommitted: () => undefined };
  });
  after(() => test.drop());

  let orders = 0;
  /** A new order that has heard of this. */
  async function orderAfter(...news: readonly Exclude<OrderCommand, { type: 'PlaceOrder' }>[]) {
    const orderId = derivedId(`order/with a deadline/${orders++}`);
    const placed: OrderCommand = { ...placeOrder, context: { ...placeOrder.context, orderId } };
    for (const command of [placed, ...news.map((each) => ({ ...each, orderId }))]) {
      const [outcome] = await runBatch(writer, [{ command, now: NOW }]);
      assert.equal(outcome?.kind, 'accepted');
    }
    return orderId;
  }
  const timerOf = async (orderId: string): Promise<DueTimer | undefined> =>
    (await dueTimers(test.db, FAR, 1_000)).find(({ timerId }) => timerId === orderId);

  it('is a timer from its beginning until its end, and none after', async () => {
    for (const news of [[], [noteItemsReserved], [cancelOrder], [notePaymentProcessed]]) {
      const timer = await timerOf(await orderAfter(...news));
      assert.deepEqual(timer?.dueAt, placeOrder.context.deadline);
    }
    const ends = [
      [noteItemsReserved, notePaymentProcessed],
      [noteReserveFailed],
      [noteItemsReserved, notePaymentFailed],
      [cancelOrder, notePaymentVoided],
      [noteItemsReserved, notePaymentProcessed, cancelOrder],
    ];
    for (const news of ends) assert.equal(await timerOf(await orderAfter(...news)), undefined);
  });

  it('asks for the end of an order that is not paid, once', async () => {
    const orderId = await orderAfter(noteItemsReserved);
    const timer = await timerOf(orderId);
    assert.ok(timer);
    const command = timerCommands[timer.kind]?.(timer);
    assert.ok(command);
    const firing = { timerId: timer.timerId, horizon: FAR };
    await runBatch(writer, [
      { command, now: NOW, firing },
      { command, now: NOW, firing },
    ]);
    assert.equal(await timerOf(orderId), undefined);
    const found = (await orderTables.events.read(test.db, [orderId])).get(orderId);
    assert.deepEqual([found?.state.status, found?.version], ['cancelling', 3]);
    const { rows } = await sql<{ type: string }>`
      select type from events where stream_id = ${orderId} order by version desc limit 1`.execute(test.db);
    assert.equal(rows[0]?.type, 'orderlog.order.v1.OrderCancellationRequested');
  });
});

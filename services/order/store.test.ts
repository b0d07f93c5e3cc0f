import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { NOW } from '../../platform/deciderTesting.ts';
import { readStreams } from '../../platform/eventStore.ts';
import { derivedId } from '../../platform/ids.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import { noteItemsReserved, notePaymentProcessed, ORDER_ID, placeOrder } from './domain/samples.testing.ts';
import type { OrderState } from './domain/state.ts';
import { orderModel } from './model.ts';
import { ordersTable } from './store.ts';

describe('orders in PostgreSQL', () => {
  let test: TestDatabase;
  let writer: Writer<OrderState, OrderCommand, OrderEvent>;

  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('order');
    writer = { db: test.db, model: orderModel, maxPayloadBytes: 1_000_000, onCommitted: () => undefined };
  });
  after(() => test.drop());

  const run = (...commands: OrderCommand[]) =>
    runBatch(
      writer,
      commands.map((command) => ({ command, now: NOW })),
    );
  const read = async (orderId = ORDER_ID) => (await ordersTable.read(test.db, [orderId])).get(orderId);

  it('are the fold of their events, through batches', async () => {
    assert.equal(await read(), undefined);
    await run(placeOrder);
    assert.equal((await read())?.state.status, 'pending');
    await run(notePaymentProcessed, notePaymentProcessed, noteItemsReserved);
    const found = await read();
    assert.deepEqual([found?.state.status, found?.version], ['completed', 4]);

    const events = (await readStreams(test.db, [ORDER_ID])).get(ORDER_ID) ?? [];
    assert.deepEqual(
      events.map(({ type, version }) => `${version} ${type.split('.').at(-1)}`),
      ['1 OrderCreated', '2 OrderPaid', '3 OrderItemsReserved', '4 OrderCompleted'],
    );
    const { rows } = await sql`select order_id, version from orders`.execute(test.db);
    assert.deepEqual(rows, [{ order_id: ORDER_ID, version: 4 }]);
  });

  it('begin once when they are placed many times at once', async () => {
    const orderId = derivedId('order/a test/2');
    const place: OrderCommand = { ...placeOrder, context: { ...placeOrder.context, orderId } };
    await Promise.all(Array.from({ length: 8 }, () => run(place)));
    assert.equal((await read(orderId))?.version, 1);
  });
});

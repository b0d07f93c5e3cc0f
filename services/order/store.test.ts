import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, beforeEach, describe, it } from 'mocha';
import { differences } from '../../cli/audit/canonical.ts';
import { runBatch, type Writer, writeRows } from '../../platform/commandBatch.ts';
import { transact } from '../../platform/database.ts';
import { NOW } from '../../platform/deciderTesting.ts';
import { appendEvents, readStreams } from '../../platform/eventStore.ts';
import type { StoredEvent } from '../../platform/events.ts';
import type { WorkingSet } from '../../platform/fold.ts';
import { derivedId, eventIdOf, partitionOf } from '../../platform/ids.ts';
import { readTable } from '../../platform/lockedRows.ts';
import { createLogger } from '../../platform/logging.ts';
import { replayEvents } from '../../platform/recovery/replay.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import { completeRows } from './completeRows.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import { foldHistory } from './domain/history.ts';
import {
  cancelOrder,
  itemsReserved,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  noteReserveFailed,
  orderCompleted,
  orderPaid,
  placeOrder,
} from './domain/samples.testing.ts';
import type { OrderState } from './domain/state.ts';
import { orderModelIn } from './model.ts';
import { orderReplay } from './recovery.ts';
import { ORDER_STORES, type OrderStore, orderTables, readStoredStates } from './store.ts';

type News = Exclude<OrderCommand, { type: 'PlaceOrder' }>;

/** What an order hears of, and where it stands then: every status there is. */
const lives: readonly [status: OrderState['status'], version: number, ...news: News[]][] = [
  ['pending', 1],
  ['reserved', 2, noteItemsReserved],
  ['paid', 2, notePaymentProcessed],
  ['needsReview', 3, noteItemsReserved, notePaymentNeedsReview],
  ['completed', 4, notePaymentProcessed, noteItemsReserved],
  ['rejected', 2, noteReserveFailed],
  ['rejected', 3, noteReserveFailed, notePaymentProcessed],
  ['cancelling', 3, noteItemsReserved, cancelOrder],
  ['cancelled', 4, noteItemsReserved, cancelOrder, notePaymentRefunded],
  ['cancelled', 3, noteItemsReserved, notePaymentFailed],
  ['completed', 5, noteItemsReserved, notePaymentProcessed, cancelOrder],
  ['refunded', 6, noteItemsReserved, notePaymentProcessed, cancelOrder, notePaymentRefunded],
];

const storedEvent = (event: OrderEvent, version: number): StoredEvent => {
  const orderId = event.data.context?.orderId ?? '';
  return {
    streamId: orderId,
    version,
    eventId: eventIdOf('order', orderId, version),
    type: orderReplay.model.codec.fullName(event.type),
    partition: partitionOf(orderId),
    time: NOW,
    cause: undefined,
    traceparent: undefined,
    request: undefined,
    payload: orderReplay.model.codec.encode(event),
  };
};
const messageOf = (event: StoredEvent) => ({
  ...event,
  stream: 'ORDERS',
  sequence: event.version,
  subject: '',
  prev: 0,
  epoch: 1,
});

describe('orders in PostgreSQL', () => {
  let test: TestDatabase;
  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('order');
  });
  after(() => test.drop());

  let orders = 0;
  let orderId: string;
  beforeEach(() => {
    orderId = derivedId(`order/a test/${++orders}`);
  });

  const writerOf = (store: OrderStore): Writer<OrderState, OrderCommand, OrderEvent> => ({
    db: test.db,
    model: orderModelIn(store),
    maxPayloadBytes: 1_000_000,
    onCommitted: () => undefined,
  });
  const place = (): OrderCommand => ({ ...placeOrder, context: { ...placeOrder.context, orderId } });
  const run = (store: OrderStore, ...commands: OrderCommand[]) =>
    runBatch(
      writerOf(store),
      commands.map((command) => ({ command, now: NOW })),
    );
  const read = async (store: OrderStore) => (await orderTables[store].read(test.db, [orderId])).get(orderId);
  const fold = async () => foldHistory((await readStreams(test.db, [orderId])).get(orderId) ?? []);
  const assertFold = async (state: OrderState | undefined) =>
    assert.deepEqual(differences(state, await fold()), {});
  const held = async () => (await readStoredStates(test.db, [orderId])).get(orderId);
  const complete = (store: OrderStore) => {
    const logger = createLogger({ service: 'order', level: 'silent' });
    return completeRows(test.db, store, logger, new AbortController().signal);
  };

  for (const store of ORDER_STORES) {
    describe(`with the store ${store}`, () => {
      for (const [status, version, ...news] of lives) {
        it(`are ${status} after ${news.map(({ type }) => type).join(', ') || 'PlaceOrder'}`, async () => {
          assert.equal(await read(store), undefined);
          await run(store, place());
          for (const command of news) await run(store, { ...command, orderId });
          const found = await read(store);
          assert.deepEqual([found?.state.status, found?.version], [status, version]);
          await assertFold(found?.state);
        });
      }

      it('take many commands in one batch', async () => {
        const reports = [notePaymentProcessed, notePaymentProcessed, noteItemsReserved];
        await run(store, place(), ...reports.map((each) => ({ ...each, orderId })));
        const events = (await readStreams(test.db, [orderId])).get(orderId) ?? [];
        assert.deepEqual(
          events.map(({ type, version }) => `${version} ${type.split('.').at(-1)}`),
          ['1 OrderCreated', '2 OrderPaid', '3 OrderItemsReserved', '4 OrderCompleted'],
        );
        const { rows } = await sql`
          select version, customer_id, created_at from orders where order_id = ${orderId}`.execute(test.db);
        assert.deepEqual(rows, [{ version: 4, customer_id: 'ada', created_at: NOW }]);
        const outbox = await sql`select version from outbox where stream_id = ${orderId}`.execute(test.db);
        assert.equal(outbox.rows.length, 4);
      });

      it('begin once when they are placed many times at once', async () => {
        await Promise.all(Array.from({ length: 8 }, () => run(store, place())));
        assert.equal((await read(store))?.version, 1);
      });
    });
  }

  it('hold their states in rows with the store state, and none with the store events', async () => {
    await run('events', place());
    assert.equal(await held(), undefined);
    await run('state', { ...noteItemsReserved, orderId });
    assert.equal((await held())?.version, 2);
    await assertFold((await held())?.state);
  });

  it('are read from the row alone with the store state', async () => {
    await run('state', place());
    await sql`update orders set state = convert_to(
      replace(convert_from(state, 'utf8'), '"quantity":2', '"quantity":3'), 'utf8') where order_id = ${orderId}`.execute(
      test.db,
    );
    const found = await read('state');
    assert.deepEqual(found?.state.status === 'pending' && found.state.lines, [
      { sku: 'SKU-COFFEE', quantity: 3 },
    ]);
  });

  for (const [one, other] of [ORDER_STORES, ORDER_STORES.toReversed()] as [OrderStore, OrderStore][]) {
    it(`go on with the store ${other} where ${one} left off, and back`, async () => {
      await run(one, place(), { ...noteItemsReserved, orderId });
      await run(other, { ...notePaymentProcessed, orderId });
      await assertFold((await read(one))?.state);
      assert.equal((await read(one))?.state.status, 'completed');
      await run(one, { ...cancelOrder, orderId });
      await run(other, { ...notePaymentRefunded, orderId });
      for (const store of ORDER_STORES) {
        const found = await read(store);
        assert.deepEqual([found?.state.status, found?.version], ['refunded', 6]);
      }
    });
  }

  it('get their states at the start of the store state, whichever the other store wrote', async () => {
    await run('state', place());
    await run('events', { ...noteItemsReserved, orderId });
    assert.equal(await held(), undefined);
    assert.ok((await complete('state')) > 0);
    assert.equal((await held())?.version, 2);
    await assertFold((await held())?.state);
    assert.equal(await complete('state'), 0);
  });

  it('that come back from the log are brought up in either store, and hold their states from the next start on', async () => {
    await run('state', place());
    const context = { ...placeOrder.context, orderId };
    const events = [itemsReserved, orderPaid, orderCompleted].map(
      (event) => ({ ...event, data: { ...event.data, context } }) as OrderEvent,
    );
    const { model } = orderReplay;
    const stored = events.map((event, index) => storedEvent(event, index + 2));
    await transact(test.db, async (tx) => {
      const rows: WorkingSet = new Map();
      for (const table of model.tables) await readTable(tx, table, [orderId], rows);
      const read = events.map((event, index) => ({
        event,
        message: messageOf(stored[index] as StoredEvent),
      }));
      replayEvents(orderReplay, rows, read);
      await writeRows(tx, model, rows);
      await appendEvents(tx, stored);
    });
    assert.equal(await held(), undefined);
    for (const store of ORDER_STORES) {
      const found = await read(store);
      assert.deepEqual([found?.state.status, found?.version], ['completed', 4]);
    }
    await complete('state');
    await assertFold((await held())?.state);
  });

  it('of another shape, or of a status that this version does not know, are folded', async () => {
    await run('state', place());
    for (const change of [sql`state_shape = 99`, sql`status = 'teleported'`]) {
      await sql`update orders set ${change} where order_id = ${orderId}`.execute(test.db);
      assert.equal(await held(), undefined);
      assert.deepEqual(await read('state'), { state: await fold(), version: 1 });
    }
  });

  it('of the time before lists get their customer and time at the start', async () => {
    await run('events', place());
    await sql`update orders set customer_id = null, created_at = null where order_id = ${orderId}`.execute(
      test.db,
    );
    assert.equal(await complete('events'), 1);
    const { rows } = await sql`
      select customer_id, created_at from orders where order_id = ${orderId}`.execute(test.db);
    assert.deepEqual(rows, [{ customer_id: 'ada', created_at: NOW }]);
  });
});

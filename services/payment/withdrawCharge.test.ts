import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { transact } from '../../platform/database.ts';
import { NOW } from '../../platform/deciderTesting.ts';
import { derivedId } from '../../platform/ids.ts';
import { deleteTasks, giveBackTasks, leaseTasks, type Task } from '../../platform/tasks.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import { type PaymentCommand, paymentIdOf } from './domain/commands.ts';
import type { PaymentEvent } from './domain/events.ts';
import {
  cancelPayment,
  context,
  recordCaptured,
  recordDeclined,
  startCharge,
} from './domain/samples.testing.ts';
import type { PaymentCase } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { paymentsTable } from './store.ts';
import { CHARGE_TASK, chargeTaskIdOf } from './tasks.ts';

/** Cancelling a charge, in PostgreSQL, beside workers that lease its task. */
describe("a charge's task", () => {
  let test: TestDatabase;
  let writer: Writer<PaymentCase, PaymentCommand, PaymentEvent>;
  let count = 0;
  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('payment');
    writer = { db: test.db, model: paymentModel, maxPayloadBytes: 1_000_000, onCommitted: () => undefined };
  });
  after(() => test.drop());

  const newOrder = () => derivedId(`order/a withdrawal/${count++}`);
  const start = (orderId: string): PaymentCommand => ({
    ...startCharge,
    context: { ...context, orderId },
  });
  const cancel = (orderId: string): PaymentCommand => ({
    ...cancelPayment,
    context: { ...context, orderId },
  });
  const run = (...commands: PaymentCommand[]) =>
    runBatch(
      writer,
      commands.map((command) => ({ command, now: NOW })),
    );
  const statusOf = async (orderId: string) =>
    (await paymentsTable.read(test.db, [paymentIdOf(orderId)])).get(paymentIdOf(orderId))?.state.status;
  const hasTask = async (orderId: string) => {
    const { rows } =
      await sql`select 1 from tasks where task_id = ${chargeTaskIdOf(paymentIdOf(orderId))}`.execute(test.db);
    return rows.length > 0;
  };
  const lease = (limit = 100, leaseMs = 60_000) =>
    leaseTasks(test.db, 'worker', { rooms: [{ kind: CHARGE_TASK, room: limit }], leaseMs, except: [] });
  const finish = (command: PaymentCommand, tasks: readonly Task[]) =>
    runBatch(writer, [{ command, now: NOW }], {
      after: async (tx) => void (await deleteTasks(tx, 'worker', tasks)),
    });

  it('is one, however often the charge is started at once', async () => {
    const orderId = newOrder();
    await Promise.all(Array.from({ length: 8 }, () => run(start(orderId))));
    assert.ok(await hasTask(orderId));
    await run(cancel(orderId));
  });

  it('goes with a cancellation that comes before anybody began', async () => {
    const orderId = newOrder();
    await run(start(orderId));
    await run(cancel(orderId));
    assert.deepEqual([await statusOf(orderId), await hasTask(orderId)], ['voided', false]);
    assert.deepEqual(await lease(), []);
  });

  it('is not even made if one batch holds the start and the cancellation, in either order', async () => {
    const [first, second, other] = [newOrder(), newOrder(), newOrder()];
    await run(start(first), cancel(second), start(other), cancel(first), start(second), start(first));
    assert.deepEqual([await statusOf(first), await hasTask(first)], ['voided', false]);
    assert.deepEqual([await statusOf(second), await hasTask(second)], ['voided', false]);
    assert.deepEqual([await statusOf(other), await hasTask(other)], ['started', true]);
    await run(cancel(other));
  });

  it('goes on if it was ever leased, also if it was given back, until its answer is definite', async () => {
    const [declined, captured] = [newOrder(), newOrder()];
    await run(start(declined), start(captured));
    const tasks = await lease();
    await giveBackTasks(test.db, 'worker', tasks);
    await run(cancel(declined), cancel(captured));
    assert.deepEqual([await statusOf(declined), await hasTask(declined)], ['cancelling', true]);

    const leased = new Map((await lease()).map((task) => [task.taskId, task]));
    const taskOf = (orderId: string) => {
      const task = leased.get(chargeTaskIdOf(paymentIdOf(orderId)));
      assert.ok(task);
      return [task];
    };
    await finish({ ...recordDeclined, orderId: declined }, taskOf(declined));
    await finish({ ...recordCaptured, orderId: captured }, taskOf(captured));
    assert.deepEqual([await statusOf(declined), await hasTask(declined)], ['voided', false]);
    assert.deepEqual([await statusOf(captured), await hasTask(captured)], ['refunding', false]);
    const { rows } = await sql<{ kind: string }>`select kind from tasks`.execute(test.db);
    assert.deepEqual(rows, [{ kind: 'refund' }]);
  });

  it('is either leased or withdrawn, never both, when both come at the same moment', async () => {
    const outcomes = { voided: 0, cancelling: 0 };
    for (let round = 0; round < 25; round++) {
      const orders = Array.from({ length: 20 }, newOrder);
      await run(...orders.map(start));
      const batches = [orders.slice(0, 10), orders.slice(10).reverse()];
      const [leased] = await Promise.all([
        Promise.all([lease(7), lease(7)]).then((tasks) => tasks.flat()),
        ...batches.map((batch) => run(...batch.map(cancel))),
      ]);
      const leasedIds = new Set(leased.map(({ taskId }) => taskId));
      for (const orderId of orders) {
        const wasLeased = leasedIds.has(chargeTaskIdOf(paymentIdOf(orderId)));
        const status = await statusOf(orderId);
        assert.equal(status, wasLeased ? 'cancelling' : 'voided');
        assert.equal(await hasTask(orderId), wasLeased);
        outcomes[wasLeased ? 'cancelling' : 'voided'] += 1;
      }
    }
    // Both sides won now and then: else nothing was shown.
    assert.ok(outcomes.voided > 0 && outcomes.cancelling > 0, JSON.stringify(outcomes));
  });

  it('is passed over by workers while a cancellation is being decided', async () => {
    const orderId = newOrder();
    await run(start(orderId));
    await transact(test.db, async (tx) => {
      for (const table of paymentModel.tables) {
        const keys = paymentModel.keysOf(cancel(orderId)).filter((key) => key.table === table.name);
        await table.lock(
          tx,
          keys.map(({ key }) => key),
        );
      }
      assert.deepEqual(await lease(), []);
    });
    assert.equal((await lease()).length, 1);
  });
});

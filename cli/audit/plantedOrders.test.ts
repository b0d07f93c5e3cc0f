import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { derivedId } from '../../platform/ids.ts';
import { PlaceOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { callTaskIdOf } from '../../services/order/direct/tasks.ts';
import { testFolder } from '../servers/testing.ts';
import { answers, PLACE_ORDER } from './invariants/answers.ts';
import { journal } from './invariants/journal.ts';
import { orders } from './invariants/orders.ts';
import { parked } from './invariants/parked.ts';
import { work } from './invariants/work.ts';
import { ANONYMOUS, openJournal } from './journal.ts';
import { type PlantedBed, startPlantedBed } from './plantedBed.testing.ts';
import { historyFor } from './stories.testing.ts';

describe('an audit of an order whose saga is direct', function () {
  this.timeout(120_000);
  let bed: PlantedBed;
  const orderId = randomUUID();
  const startedAt = new Date();
  before(async () => {
    bed = await startPlantedBed();
    const hero = { orderId, mode: SagaMode.SAGA_MODE_DIRECT, startedAt };
    await bed.append('order', historyFor(hero, 'OrderCreated').order);
    await bed.run('order', 'insert into orders (order_id, version) values ($1, 1)', orderId);
    const due = new Date(startedAt.getTime() + 900_000);
    await bed.run('order', `insert into timers values ($1, 'deadline', '', $2)`, orderId, due);
  });
  after(() => bed?.stop());

  const lost = `order ${orderId}: it is pending, and no news is on its way to it`;
  const addTask = (service: 'order' | 'payment', taskId: string, dueAt: Date) =>
    bed.run(
      service,
      `insert into tasks (task_id, kind, payload, due_at, created_at) values ($1, 'a call', '', $2, $2)`,
      taskId,
      dueAt,
    );

  it('finds that nothing makes its first call, and that no news comes to it', async () => {
    assert.deepEqual(await bed.found(work), [
      `order ${orderId}: its saga is direct, and nothing makes its first call`,
    ]);
    assert.deepEqual(await bed.found(orders), [lost]);
  });

  it('is not kept from it by an aggregate that waits behind nothing, and finds that', async () => {
    const insert = `insert into parked_aggregates values ('order.payments', 'PAYMENTS', $1)`;
    await bed.run('order', insert, orderId);
    assert.deepEqual(await bed.found(orders), [lost]);
    assert.deepEqual(await bed.found(parked), [
      `order.payments ${orderId}: it is kept waiting, and none of its events is parked`,
    ]);
  });

  it('finds nothing while the call is still to be made', async () => {
    const task = callTaskIdOf(orderId, 'ReserveItemsRequested');
    await addTask('order', task, new Date());
    assert.deepEqual([await bed.found(work), await bed.found(orders)], [[], []]);
    await bed.run('order', 'delete from tasks');
  });

  it('finds nothing where somebody had released its goods before', async () => {
    const hero = { orderId, mode: SagaMode.SAGA_MODE_DIRECT, startedAt };
    await bed.append('catalog', historyFor(hero, 'ReservationReleased').reservation);
    await bed.run(
      'catalog',
      `insert into reservations (order_id, status, lines, shortages, context, version)
       values ($1, 'released', '[]', '[]', '', 1)`,
      orderId,
    );
    assert.deepEqual([await bed.found(work), await bed.found(orders)], [[], []]);
  });

  it('finds a call that nobody makes, not one that somebody is at', async () => {
    await addTask('payment', randomUUID(), new Date(startedAt.getTime() - 3_600_000));
    assert.deepEqual(await bed.found(work), ['payment: a call is due, and nobody makes it']);
    await bed.run('payment', `update tasks set leased_until = now() + interval '10 seconds'`);
    assert.deepEqual(await bed.found(work), []);
  });

  it('finds an answer of another request, and a client who was told otherwise', async () => {
    const requestId = randomUUID();
    const told = derivedId(`order/${ANONYMOUS}/${requestId}`);
    const response = PlaceOrderResponse.encode({ orderId, status: 1, consistencyToken: '' }).finish();
    await bed.run(
      'order',
      `insert into requests (caller, method, request_id, fingerprint, code, response, time)
       values ($1, $2, $3, '', 0, $4, now())`,
      ANONYMOUS,
      PLACE_ORDER,
      requestId,
      Buffer.from(response),
    );
    assert.deepEqual(await bed.found(answers), [`order ${orderId}: it was acknowledged for another request`]);
    const path = `${testFolder()}/${randomUUID()}.jsonl`;
    const own = await openJournal(path);
    await own.write({ requestId, orderId: told });
    await own.close();
    const found = await bed.found(journal(path));
    assert.ok(found.includes(`order ${told}: its request is remembered with another answer`), found.join());
  });
});

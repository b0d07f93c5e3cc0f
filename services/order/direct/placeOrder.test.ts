import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { type FreshDatabase, freshDatabase } from '../../../cli/servers/testing.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import { derivedId } from '../../../platform/ids.ts';
import type { PlaceOrderRequest } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderReport } from '../domain/commands.ts';
import * as samples from '../domain/samples.testing.ts';
import { type OrderBed, placeOrderRequest, startOrderBed } from '../orderBed.testing.ts';

const cause = { stream: 'PAYMENTS', eventId: derivedId('a cause') };
const directRequest = () => placeOrderRequest({ sagaMode: SagaMode.SAGA_MODE_DIRECT });
const orderIdOf = ({ requestId }: PlaceOrderRequest) => derivedId(`order/anonymous/${requestId}`);

describe('PlaceOrder of a direct saga', () => {
  let database: FreshDatabase;
  let bed: OrderBed;
  before(async function () {
    this.timeout(120_000);
    database = await freshDatabase();
    bed = await startOrderBed(database.url);
  });
  after(async () => {
    await bed?.stop();
    await database?.drop();
  });

  /** What the calls bring. */
  const note = (orderId: string, report: OrderReport) =>
    bed.note({ ...report, orderId, mode: SagaMode.SAGA_MODE_DIRECT }, cause);
  const openCalls = async () => {
    const { rows } = await sql<{ kind: string }>`select kind from tasks order by created_at, kind`.execute(
      bed.db,
    );
    return rows.map(({ kind }) => kind);
  };
  const placed = (orderId: string) =>
    untilTrue(async () => {
      const { rows } = await sql`select 1 from orders where order_id = ${orderId}`.execute(bed.db);
      return rows.length > 0;
    });

  it('asks for the goods with the order, for the money with the goods, and answers how it ended', async () => {
    const request = directRequest();
    const orderId = orderIdOf(request);
    const answer = bed.client.placeOrder(request);
    await placed(orderId);
    assert.deepEqual(await openCalls(), ['ReserveItemsRequested']);
    await note(orderId, samples.noteItemsReserved);
    assert.deepEqual((await openCalls()).toSorted(), ['ChargeRequested', 'ReserveItemsRequested']);
    await note(orderId, samples.notePaymentProcessed);
    assert.equal((await answer).status, OrderStatus.ORDER_STATUS_COMPLETED);

    const again = await bed.client.placeOrder(request);
    assert.deepEqual(again, await answer);
    await bed.client.cancelOrder({ requestId: orderId, orderId, message: '' });
    await note(orderId, samples.notePaymentRefunded);
    assert.deepEqual(
      await bed.client.placeOrder(request),
      await answer,
      'the first end is the answer for ever',
    );
  });

  it('answers a rejection as one', async () => {
    const request = directRequest();
    const answer = bed.client.placeOrder(request);
    await placed(orderIdOf(request));
    await note(orderIdOf(request), samples.noteReserveFailed);
    assert.equal((await answer).status, OrderStatus.ORDER_STATUS_REJECTED);
  });

  it('says at its deadline that the order goes on, and answers a repeat when it has ended', async () => {
    const request = directRequest();
    const first = bed.client.placeOrder(request);
    await placed(orderIdOf(request));
    await assert.rejects(bed.client.placeOrder(request, { timeoutMs: 700 }), { code: 'DEADLINE_EXCEEDED' });
    const { order } = await bed.client.getOrder({ orderId: orderIdOf(request) });
    assert.equal(order?.status, OrderStatus.ORDER_STATUS_PENDING);
    const repeat = bed.client.placeOrder(request);
    await note(orderIdOf(request), samples.noteItemsReserved);
    await note(orderIdOf(request), samples.notePaymentFailed);
    assert.equal((await repeat).status, OrderStatus.ORDER_STATUS_CANCELLED);
    assert.deepEqual(await first, await repeat);
  });

  it('begins none while a breaker is open, and still answers for what was begun', async () => {
    const [begun, fresh] = [directRequest(), directRequest()];
    const gone = new AbortController();
    const left = assert.rejects(bed.client.placeOrder(begun, { signal: gone.signal }), { code: 'CANCELLED' });
    await placed(orderIdOf(begun));
    gone.abort();
    await left;
    await note(orderIdOf(begun), samples.noteReserveFailed);
    bed.broken = new OrderlogError('UNAVAILABLE', 'BREAKER_OPEN', 'open', { retryAfterMs: 900 });
    try {
      const refused = { code: 'UNAVAILABLE', reason: 'BREAKER_OPEN', retryAfterMs: 900 };
      await assert.rejects(bed.client.placeOrder(fresh), refused);
      await assert.rejects(bed.client.getOrder({ orderId: orderIdOf(fresh) }), { code: 'NOT_FOUND' });
      assert.equal((await bed.client.placeOrder(begun)).status, OrderStatus.ORDER_STATUS_REJECTED);
      const choreographed = await bed.client.placeOrder(placeOrderRequest());
      assert.equal(choreographed.status, OrderStatus.ORDER_STATUS_PENDING);
    } finally {
      bed.broken = undefined;
    }
  });

  // The last one: nobody waits in this service any longer.
  it('tells those who wait that it stops, at once, and that their orders go on', async () => {
    const [waiting, late] = [directRequest(), directRequest()];
    const answer = bed.client.placeOrder(waiting);
    await placed(orderIdOf(waiting));
    bed.closeEnds();
    await assert.rejects(answer, { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    await assert.rejects(bed.client.placeOrder(late), { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    for (const request of [waiting, late]) {
      const { order } = await bed.client.getOrder({ orderId: orderIdOf(request) });
      assert.equal(order?.status, OrderStatus.ORDER_STATUS_PENDING);
    }
  });
});

async function untilTrue(check: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error('it did not come true within 10 s');
    await new Promise(setImmediate);
  }
}

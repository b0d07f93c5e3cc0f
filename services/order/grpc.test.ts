import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { after, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { readToken } from '../../platform/consistencyToken.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { derivedId } from '../../platform/ids.ts';
import { OrderCreated, OrderItemsReserved } from '../../proto/gen/orderlog/order/v1/events.ts';
import { PlaceOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { noteItemsReserved, notePaymentProcessed, total } from './domain/samples.testing.ts';
import {
  CONSISTENCY_KEY,
  DEADLINE_MS,
  type OrderBed,
  placeOrderRequest,
  startOrderBed,
} from './orderBed.testing.ts';

const START = new Date('2026-01-02T03:04:05.678Z');
const afterMs = (ms: number) => new Date(START.getTime() + ms);
const cause = (n: number) => ({
  stream: n === 1 ? 'CATALOG' : 'PAYMENTS',
  eventId: derivedId(`a cause/${n}`),
});

describe('OrderService', () => {
  let drop: () => Promise<void>;
  let bed: OrderBed;
  before(async function () {
    this.timeout(120_000);
    const database = await freshDatabase('order');
    drop = database.drop;
    bed = await startOrderBed(database.url);
  });
  beforeEach(() => {
    bed.now = START;
    bed.overload = undefined;
  });
  after(async () => {
    await bed.stop();
    await drop();
  });

  const history = (orderId: string, pageSize = 0, pageToken = '') =>
    bed.client.getOrderHistory({ orderId, pageSize, pageToken });
  /** Placed, reserved a second later, paid and completed a second after that: four events. */
  const completedOrder = async () => {
    const { orderId } = await bed.client.placeOrder(placeOrderRequest());
    bed.now = afterMs(1_000);
    await bed.note({ ...noteItemsReserved, orderId }, cause(1));
    bed.now = afterMs(2_000);
    await bed.note({ ...notePaymentProcessed, orderId }, cause(2));
    return orderId;
  };

  describe('PlaceOrder', () => {
    it('takes an order: one event, and a token for its first version', async () => {
      const request = placeOrderRequest();
      const { orderId, status, consistencyToken } = await bed.client.placeOrder(request);
      assert.equal(orderId, derivedId(`order/anonymous/${request.requestId}`));
      assert.equal(status, OrderStatus.ORDER_STATUS_PENDING);
      assert.deepEqual(readToken(CONSISTENCY_KEY, consistencyToken), {
        stream: 'ORDERS',
        aggregateId: orderId,
        version: 1,
      });
      const { order } = await bed.client.getOrder({ orderId });
      assert.deepEqual(order?.lines, request.lines);
      assert.equal(order?.customerId, 'ada');
      assert.equal(order?.sagaMode, SagaMode.SAGA_MODE_CHOREOGRAPHY);
      assert.deepEqual(order?.createTime, START);
      assert.deepEqual(order?.deadline, afterMs(DEADLINE_MS));
    });

    it('answers a repeat with the first answer, although the order went on', async () => {
      const request = placeOrderRequest();
      const first = await bed.client.placeOrder(request);
      await bed.note({ ...noteItemsReserved, orderId: first.orderId }, cause(1));
      bed.now = afterMs(5_000);
      assert.deepEqual(await bed.client.placeOrder(request), first);
      assert.equal((await history(first.orderId)).events.length, 2);
    });

    it('makes one order of a hundred calls at once with one request_id', async () => {
      const request = placeOrderRequest();
      const answers = await Promise.all(Array.from({ length: 100 }, () => bed.client.placeOrder(request)));
      const bytes = answers.map((answer) => Buffer.from(PlaceOrderResponse.encode(answer).finish()));
      assert.equal(new Set(bytes.map((each) => each.toString('hex'))).size, 1);
      assert.equal((await history(answers[0]?.orderId ?? '')).events.length, 1);
    });

    it('takes a request_id for the same in whatever case it is spelled', async () => {
      const request = placeOrderRequest();
      const first = await bed.client.placeOrder({ ...request, requestId: request.requestId.toUpperCase() });
      assert.deepEqual(await bed.client.placeOrder(request), first);
    });

    it('refuses the same request_id with another body', async () => {
      const request = placeOrderRequest();
      await bed.client.placeOrder(request);
      await assert.rejects(bed.client.placeOrder({ ...request, customerId: 'bob' }), {
        code: 'INVALID_ARGUMENT',
        reason: 'REQUEST_ID_REUSED',
        violations: [{ field: 'request_id', description: 'was used before with another request' }],
      });
    });

    it('gives the same order and answer to a repeat whose record was lost, although the order went on', async () => {
      const request = placeOrderRequest();
      const first = await bed.client.placeOrder(request);
      await bed.note({ ...noteItemsReserved, orderId: first.orderId }, cause(1));
      await sql`delete from requests`.execute(bed.db);
      bed.now = afterMs(60_000);
      assert.deepEqual(await bed.client.placeOrder(request), first);
      assert.equal((await history(first.orderId)).events.length, 2);
    });

    const fieldsOf = async (more: Parameters<typeof placeOrderRequest>[0]) => {
      const error = await bed.client.placeOrder(placeOrderRequest(more)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof OrderlogError && error.code === 'INVALID_ARGUMENT');
      return error.violations.map(({ field }) => field);
    };
    const line = { sku: 'SKU-COFFEE', quantity: 1 };
    const wrong: [string, Parameters<typeof placeOrderRequest>[0], string[]][] = [
      ['no request_id', { requestId: '' }, ['request_id']],
      ['a request_id that is no UUID', { requestId: 'order-1' }, ['request_id']],
      ['an e-mail address for a customer', { customerId: 'ada@example.org' }, ['customer_id']],
      ['a card number for a customer', { customerId: '4111111111111111' }, ['customer_id']],
      ['a card number for a token', { paymentToken: '4111111111111111' }, ['payment_token']],
      ['no lines', { lines: [] }, ['lines']],
      ['too many lines', { lines: Array.from({ length: 101 }, () => line) }, ['lines']],
      ['a SKU with a blank', { lines: [{ ...line, sku: 'SKU 1' }] }, ['lines[0].sku']],
      [
        'wrong quantities',
        { lines: [line, { ...line, quantity: 0 }, { ...line, quantity: 10_001 }] },
        ['lines[1].quantity', 'lines[2].quantity'],
      ],
      [
        'a negative total',
        { expectedTotal: { currencyCode: 'EUR', units: -1n, nanos: 0 } },
        ['expected_total'],
      ],
    ];
    for (const [what, more, fields] of wrong) {
      it(`refuses ${what}, and names ${fields.join(' and ')}`, async () => {
        assert.deepEqual(await fieldsOf(more), fields);
      });
    }

    it('is refused with a time to repeat while the backlog is full, and leaves no trace', async () => {
      const request = placeOrderRequest();
      bed.overload = new OrderlogError('RESOURCE_EXHAUSTED', 'BACKLOG_FULL', 'full', { retryAfterMs: 700 });
      await assert.rejects(bed.client.placeOrder(request), {
        code: 'RESOURCE_EXHAUSTED',
        reason: 'BACKLOG_FULL',
        retryAfterMs: 700,
      });
      bed.overload = undefined;
      assert.ok((await bed.client.placeOrder(request)).orderId);
    });

    it('writes its token nowhere in the clear: not in the database, not in the log', async () => {
      await bed.client.placeOrder(placeOrderRequest());
      await assert.rejects(bed.client.placeOrder(placeOrderRequest({ lines: [] })));
      const { rows } = await sql<{ text: string }>`
        select encode(payload, 'escape') as text from events
        union all select encode(response, 'escape') from requests`.execute(bed.db);
      assert.ok(rows.length > 1);
      assert.ok(rows.every(({ text }) => !text.includes('must_not_leak')));
      assert.ok(bed.logged().includes('PlaceOrder'));
      assert.ok(!bed.logged().includes('must_not_leak'));
    });
  });

  describe('GetOrder', () => {
    it('tells the order now, and after any of its events', async () => {
      const orderId = await completedOrder();
      const { order } = await bed.client.getOrder({ orderId });
      assert.equal(order?.status, OrderStatus.ORDER_STATUS_COMPLETED);
      assert.deepEqual(order?.total, total);
      assert.equal(order?.paymentId, notePaymentProcessed.paymentId);
      assert.equal(order?.version, 4);
      assert.deepEqual(order?.updateTime, afterMs(2_000));
      const { ORDER_STATUS_PENDING, ORDER_STATUS_RESERVED, ORDER_STATUS_PAID } = OrderStatus;
      const expected = [ORDER_STATUS_PENDING, ORDER_STATUS_RESERVED, ORDER_STATUS_PAID];
      for (const [index, status] of expected.entries()) {
        const { order: then } = await bed.client.getOrder({ orderId, atVersion: index + 1 });
        assert.deepEqual([then?.status, then?.version], [status, index + 1]);
      }
    });

    it('tells the order at any time', async () => {
      const orderId = await completedOrder();
      const versionAt = async (atTime: Date) =>
        (await bed.client.getOrder({ orderId, atTime })).order?.version;
      assert.equal(await versionAt(START), 1);
      assert.equal(await versionAt(afterMs(999)), 1);
      assert.equal(await versionAt(afterMs(1_000)), 2);
      assert.equal(await versionAt(afterMs(1_999)), 2);
      assert.equal(await versionAt(afterMs(2_000)), 4);
      assert.equal(await versionAt(afterMs(9e9)), 4);
    });

    it('takes no event for true at a time at which the one before it was not yet', async () => {
      const { orderId } = await bed.client.placeOrder(placeOrderRequest());
      bed.now = afterMs(20);
      await bed.note({ ...noteItemsReserved, orderId }, cause(1));
      // A replica whose clock is a little behind.
      bed.now = afterMs(10);
      await bed.note({ ...notePaymentProcessed, orderId }, cause(2));
      const { order } = await bed.client.getOrder({ orderId, atTime: afterMs(15) });
      assert.deepEqual([order?.status, order?.version], [OrderStatus.ORDER_STATUS_PENDING, 1]);
    });

    it('says NOT_FOUND for unknown orders and for moments that were not', async () => {
      const unknown = randomUUID();
      await assert.rejects(bed.client.getOrder({ orderId: unknown }), {
        code: 'NOT_FOUND',
        reason: 'ORDER_NOT_FOUND',
        message: `no order ${unknown}`,
      });
      const { orderId } = await bed.client.placeOrder(placeOrderRequest());
      const notThen = { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND_THEN' };
      await assert.rejects(bed.client.getOrder({ orderId, atVersion: 2 }), notThen);
      await assert.rejects(bed.client.getOrder({ orderId, atTime: afterMs(-1) }), notThen);
      await assert.rejects(bed.client.getOrder({ orderId, atVersion: 0 }), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(bed.client.getOrder({ orderId: 'x' }), { code: 'INVALID_ARGUMENT' });
    });

    it('finds an order by its id in capital letters', async () => {
      const { orderId } = await bed.client.placeOrder(placeOrderRequest());
      assert.equal((await bed.client.getOrder({ orderId: orderId.toUpperCase() })).order?.orderId, orderId);
      assert.equal((await history(orderId.toUpperCase())).events.length, 1);
    });
  });

  describe('GetOrderHistory', () => {
    it('tells each event with its cause, in pages', async () => {
      const orderId = await completedOrder();
      const first = await history(orderId, 3);
      const second = await history(orderId, 3, first.nextPageToken);
      assert.equal(second.nextPageToken, '');
      const events = [...first.events, ...second.events];
      assert.deepEqual(
        events.map(({ type, version, cause: by }) => `${type} ${version} ${by?.stream}`),
        [
          'orderlog.order.v1.OrderCreated 1 undefined',
          'orderlog.order.v1.OrderItemsReserved 2 CATALOG',
          'orderlog.order.v1.OrderPaid 3 PAYMENTS',
          'orderlog.order.v1.OrderCompleted 4 PAYMENTS',
        ],
      );
      assert.deepEqual(events[1]?.cause, cause(1));
      assert.deepEqual(events, (await history(orderId)).events);
      assert.equal((await history(orderId, 4)).nextPageToken, '');
      const reserved = OrderItemsReserved.decode(events[1]?.event?.value ?? Buffer.of());
      assert.deepEqual(reserved.total, total);
    });

    it('leaves the sealed token out, while the event keeps it', async () => {
      const orderId = await completedOrder();
      const { rows } = await sql<{ payload: Buffer }>`
        select payload from events where stream_id = ${orderId} order by version`.execute(bed.db);
      const stored = OrderCreated.decode(rows[0]?.payload ?? Buffer.of());
      const sealed = stored.context?.sealedPaymentToken?.ciphertext ?? Buffer.of();
      assert.ok(sealed.length > 16);
      const { events } = await history(orderId);
      const created = OrderCreated.decode(events[0]?.event?.value ?? Buffer.of());
      assert.equal(created.context?.orderId, orderId);
      for (const { event } of events) assert.equal(event?.value.includes(sealed), false);
      assert.equal(created.context?.sealedPaymentToken, undefined);
    });

    it('tells an event that it cannot read without its payload, and the order as far as it is understood', async () => {
      const { orderId } = await bed.client.placeOrder(placeOrderRequest());
      await sql`insert into events (stream_id, version, event_id, type, partition, time, payload) values
        (${orderId}, 2, ${randomUUID()}, 'orderlog.order.v1.OrderPaid', 0, ${START}, '\\xff'),
        (${orderId}, 3, ${randomUUID()}, 'orderlog.order.v1.OrderTeleported', 0, ${START}, '\\x0a')`.execute(
        bed.db,
      );
      const { events } = await history(orderId);
      assert.deepEqual(
        events.map(({ version, event }) => [version, event !== undefined]),
        [
          [1, true],
          [2, false],
          [3, false],
        ],
      );
      assert.equal((await bed.client.getOrder({ orderId })).order?.status, OrderStatus.ORDER_STATUS_PENDING);
    });

    it('refuses tokens that are not its own, and unknown orders', async () => {
      const { orderId } = await bed.client.placeOrder(placeOrderRequest());
      for (const token of ['0', '-1', 'x', '1e3', '99999999999']) {
        await assert.rejects(history(orderId, 10, token), {
          code: 'INVALID_ARGUMENT',
          reason: 'PAGE_TOKEN_INVALID',
        });
      }
      await assert.rejects(history(orderId, 1_001), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(history(randomUUID()), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
    });
  });
});

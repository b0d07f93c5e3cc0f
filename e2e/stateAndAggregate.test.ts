/** A system that keeps orders as rows and reads them from the Order service: neither Elasticsearch nor a projector runs. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { audit } from '../cli/audit/engine.ts';
import { invariants } from '../cli/audit/invariants/index.ts';
import { openSources } from '../cli/audit/sources.ts';
import { withClient } from '../cli/servers/serviceDatabase.ts';
import type { OrderlogError } from '../platform/errors.ts';
import { orderStatusToJSON } from '../proto/gen/orderlog/order/v1/types.ts';
import {
  GetSalesSummaryRequest,
  OrderSort,
  ReadSource,
  SearchOrdersRequest,
} from '../proto/gen/orderlog/query/v1/query_service.ts';
import { SagaMode, sagaModeToJSON } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { ended, eventsOf, orderOf, placeUntilAccepted } from './support/orders.ts';
import { type System, startOwn } from './support/system.ts';

const FOLDER = 'state-and-aggregate';
const aggregate = { ORDERLOG_READS: 'aggregate' };

describe('a system with orders as rows and reads from the aggregates', function () {
  this.timeout(180_000);
  let system: System;
  before(async () => {
    system = await startOwn(FOLDER, { ...aggregate, ORDERLOG_ORDER_STORE: 'state' });
  });
  after(() => system?.stop());

  const place = async (fields: Parameters<typeof orderOf>[0] = {}) =>
    ended(system.orders, (await system.orders.placeOrder(orderOf(fields))).orderId);
  const list = (customerId: string, consistencyToken = '') =>
    system.query.listCustomerOrders({ customerId, pageSize: 0, pageToken: '', consistencyToken });
  const newCustomer = () => `c-${randomUUID()}`;
  /** As it is at rest: what is wrong, by invariant. */
  async function auditNow(): Promise<string[]> {
    const { nats, databases } = system.urls;
    const sources = await openSources({ nats, databases });
    const settings = { invariants, isAtRest: true, quietWithinMs: 60_000, secondLookAfterMs: 0 };
    try {
      const { violations } = await audit(sources, settings);
      return violations.map(({ invariant, message }) => `${invariant}: ${message}`);
    } finally {
      await sources.close();
    }
  }

  it('is ready without a read model', async () => {
    const answer = await fetch(`http://${system.addresses.http}/readyz`);
    const { parts } = (await answer.json()) as { parts: object };
    assert.deepEqual(Object.keys(parts).sort(), ['catalog', 'order', 'payment']);
    await assert.rejects(system.kill('projector'), /no part/);
    await assert.rejects(system.kill('elasticsearch'), /no part/);
  });

  const outcomes: [string, Parameters<typeof orderOf>[0], string][] = [
    ['completes an order', {}, 'ORDER_STATUS_COMPLETED'],
    ['rejects an order', { lines: [{ sku: 'SKU-SOLD-OUT', quantity: 1 }] }, 'ORDER_STATUS_REJECTED'],
    ['cancels an order', { paymentToken: 'tok_declined' }, 'ORDER_STATUS_CANCELLED'],
  ];
  const modes = [
    SagaMode.SAGA_MODE_CHOREOGRAPHY,
    SagaMode.SAGA_MODE_ORCHESTRATION,
    SagaMode.SAGA_MODE_DIRECT,
  ];
  for (const [[what, fields, status], sagaMode] of outcomes.flatMap((each) =>
    modes.map((mode) => [each, mode] as const),
  )) {
    it(`${what} in ${sagaModeToJSON(sagaMode)}, and both reads tell the same`, async () => {
      const order = await place({ ...fields, sagaMode });
      assert.equal(orderStatusToJSON(order.status), status);
      const { order: view, readState } = await system.query.getOrder({
        orderId: order.orderId,
        consistencyToken: '',
      });
      assert.deepEqual(
        [view?.status, view?.version, view?.message],
        [order.status, order.version, order.message],
      );
      assert.deepEqual(readState, {
        source: ReadSource.READ_SOURCE_AGGREGATE,
        orderVersion: order.version,
        logSequence: 0n,
      });
    });
  }

  it('gives the money back after a late cancellation', async () => {
    const { orderId } = await place();
    await system.orders.cancelOrder({ requestId: randomUUID(), orderId, message: 'changed my mind' });
    await system.until(async () => {
      const { order } = await system.orders.getOrder({ orderId });
      assert.equal(order && orderStatusToJSON(order.status), 'ORDER_STATUS_REFUNDED');
    });
    const { taken, back } = await system.moneyOf(orderId);
    assert.ok(taken > 0n && taken === back);
  });

  it('answers a repeat of a request with the first answer, and charges once', async () => {
    const request = orderOf();
    const first = await system.orders.placeOrder(request);
    await ended(system.orders, first.orderId);
    assert.deepEqual(await system.orders.placeOrder(request), first);
    assert.equal(await system.charges(first.orderId), 1);
  });

  it('lists an order as soon as it was placed, each time, over gRPC and REST', async () => {
    const customerId = newCustomer();
    for (let n = 1; n <= 20; n += 1) {
      const { orderId, consistencyToken } = await system.orders.placeOrder(orderOf({ customerId }));
      const { orders } = await list(customerId, consistencyToken);
      assert.equal(orders.length, n);
      assert.ok(orders.some((order) => order.orderId === orderId));
    }
    const answer = await fetch(
      `http://${system.addresses.http}/v1/orders?customer_id=${customerId}&page_size=5`,
    );
    const page = (await answer.json()) as { orders: unknown[]; nextPageToken: string; totalSize: string };
    assert.deepEqual([answer.status, page.orders.length, page.totalSize], [200, 5, '-1']);
    assert.notEqual(page.nextPageToken, '');
  });

  it('says that no analytics run, and names the setting', async () => {
    await assert.rejects(
      system.query.getSalesSummary(GetSalesSummaryRequest.fromPartial({})),
      (error: OrderlogError) => {
        assert.equal(error.code, 'UNIMPLEMENTED');
        assert.match(error.message, /ORDERLOG_READS=projection/);
        return true;
      },
    );
  });

  it('says what it cannot search for, and names the setting', async () => {
    const request = SearchOrdersRequest.fromPartial({
      query: 'coffee',
      sort: OrderSort.ORDER_SORT_TOTAL_ASC,
    });
    await assert.rejects(system.query.searchOrders(request), (error: OrderlogError) => {
      assert.equal(error.code, 'UNIMPLEMENTED');
      assert.match(error.message, /ORDERLOG_READS=projection/);
      return true;
    });
    const answer = await fetch(`http://${system.addresses.http}/v1/orders?query=coffee`);
    assert.equal(answer.status, 501);
  });

  it('tells what happened, and of the past no state', async () => {
    const { orderId } = await place();
    const events = await eventsOf(system.orders, orderId);
    assert.deepEqual([events[0], events.at(-1)], ['OrderCreated', 'OrderCompleted']);
    const past = { code: 'FAILED_PRECONDITION', reason: 'PAST_NOT_KEPT' };
    await assert.rejects(system.orders.getOrder({ orderId, atVersion: 1 }), past);
  });

  it('loses nothing when the Order service is killed', async () => {
    const placed = await Promise.all(
      Array.from({ length: 20 }, () => system.orders.placeOrder(orderOf({ paymentToken: 'tok_slow' }))),
    );
    await system.kill('order');
    for (const { orderId } of placed) {
      assert.equal(orderStatusToJSON((await ended(system.orders, orderId)).status), 'ORDER_STATUS_COMPLETED');
    }
    await placeUntilAccepted(system.orders, orderOf());
  });

  it('passes an audit, which finds a state that is not the fold of its events', async () => {
    assert.deepEqual(await auditNow(), []);
    const { orderId } = await place();
    await withClient(system.urls.databases.order, async (client) => {
      const change = (from: string, to: string) =>
        client.query(
          `update orders set state = convert_to(replace(convert_from(state, 'utf8'),
             ${pg.escapeLiteral(from)}, ${pg.escapeLiteral(to)}), 'utf8') where order_id = $1`,
          [orderId],
        );
      await change('"quantity":2', '"quantity":3');
      assert.deepEqual(await auditNow(), ['folds: its row is not the fold of its events']);
      await change('"quantity":3', '"quantity":2');
    });
    assert.deepEqual(await auditNow(), []);
  });

  it('goes on with the store events over the same data, and tells the past of old orders', async () => {
    const customerId = newCustomer();
    const { orderId } = await place({ customerId });
    await system.stop();
    system = await startOwn(FOLDER, aggregate);
    const { order: then } = await system.orders.getOrder({ orderId, atVersion: 1 });
    assert.equal(then && orderStatusToJSON(then.status), 'ORDER_STATUS_PENDING');
    await system.orders.cancelOrder({ requestId: randomUUID(), orderId, message: 'changed my mind' });
    await system.until(async () => {
      const [order] = (await list(customerId)).orders;
      assert.equal(order && orderStatusToJSON(order.status), 'ORDER_STATUS_REFUNDED');
    });
    assert.deepEqual(await auditNow(), []);
  });
});

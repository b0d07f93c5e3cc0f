/** Lists and searches of the read model, beside the writes that they must show. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { ReadSource, SearchOrdersRequest } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { ended, orderOf, placeUntilAccepted, untilAccepted } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

const ORDERS = 1_000;
const AT_ONCE = 50;

describe('lists and searches', function () {
  this.timeout(180_000);
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  const list = (customerId: string, consistencyToken: string) =>
    system.query.listCustomerOrders({ customerId, pageSize: 0, pageToken: '', consistencyToken });
  const search = (asked: Partial<SearchOrdersRequest>) =>
    system.query.searchOrders(SearchOrdersRequest.fromPartial(asked));

  it(`are never stale with the token of the write: ${ORDERS} orders, read, listed and searched at once`, async () => {
    let stale = 0;
    const client = async () => {
      for (let n = 0; n < ORDERS / AT_ONCE; n += 1) {
        const customerId = `c-${randomUUID()}`;
        const { orderId, consistencyToken } = await placeUntilAccepted(
          system.orders,
          orderOf({ customerId }),
        );
        const query = `${customerId} coffee`;
        const [one, listed, found] = await Promise.all([
          untilAccepted(() => system.query.getOrder({ orderId, consistencyToken })),
          untilAccepted(() => list(customerId, consistencyToken)),
          untilAccepted(() => search({ query, consistencyToken })),
        ]);
        const seen = [one.order, listed.orders[0], found.orders[0]];
        if (seen.some((order) => order?.orderId !== orderId)) stale += 1;
        // The aggregate answers where Elasticsearch is too slow for the breaker, and has every event.
        const { source, logSequence = 0n } = one.readState ?? {};
        assert.ok(source === ReadSource.READ_SOURCE_AGGREGATE || logSequence > 0n);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    assert.equal(stale, 0);
  });

  it('show an order by its end, its name and its total, over gRPC and REST', async () => {
    const customerId = `c-${randomUUID()}`;
    const { orderId } = await system.orders.placeOrder(orderOf({ customerId }));
    const { total, version } = await ended(system.orders, orderId);
    await system.until(async () => {
      const { orders, statusCounts, totalSize } = await search({
        query: 'coffee',
        customerId,
        ...(total && { minTotal: total, maxTotal: total }),
      });
      assert.deepEqual([orders[0]?.version, totalSize, statusCounts.length], [version, 1n, 1]);
    });
    const url = `http://${system.addresses.http}/v1/orders?customer_id=${customerId}&statuses=ORDER_STATUS_COMPLETED`;
    const answer = await fetch(url);
    const page = (await answer.json()) as {
      orders: { orderId: string; status: string }[];
      totalSize: string;
    };
    assert.deepEqual(
      [answer.status, page.orders[0]?.orderId, page.orders[0]?.status, page.totalSize],
      [200, orderId, 'ORDER_STATUS_COMPLETED', '1'],
    );
  });
});

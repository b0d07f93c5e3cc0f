import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { derivedId } from '../../platform/ids.ts';
import type { ListOrdersRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { noteItemsReserved, notePaymentNeedsReview, noteReserveFailed } from './domain/samples.testing.ts';
import { type OrderBed, placeOrderRequest, startOrderBed } from './orderBed.testing.ts';
import { ORDER_STORES } from './store.ts';

const START = new Date('2026-01-02T03:04:05.000Z');
const afterMs = (ms: number) => new Date(START.getTime() + ms);
const cause = { stream: 'CATALOG', eventId: derivedId('a cause/1') };
const request = (more: Partial<ListOrdersRequest> = {}): ListOrdersRequest => ({
  customerId: '',
  statuses: [],
  createdAfter: undefined,
  createdBefore: undefined,
  oldestFirst: false,
  pageSize: 0,
  pageToken: '',
  ...more,
});

for (const store of ORDER_STORES) {
  describe(`lists and single orders with the store ${store}`, () => {
    let drop: () => Promise<void>;
    let bed: OrderBed;
    /** Oldest first: of ada the even ones, of bob the odd ones; every third is reserved, the last is rejected. */
    const placed: string[] = [];
    before(async function () {
      this.timeout(120_000);
      const database = await freshDatabase('order');
      drop = database.drop;
      bed = await startOrderBed(database.url, { store });
      placed.length = 0;
      for (let at = 0; at < 30; at += 1) {
        // Some at the same millisecond: ids tell them apart.
        bed.now = afterMs(1_000 * Math.floor(at / 3));
        const customerId = at % 2 === 0 ? 'ada' : 'bob';
        const { orderId } = await bed.client.placeOrder(placeOrderRequest({ customerId }));
        if (at % 3 === 0) await bed.note({ ...noteItemsReserved, orderId }, cause);
        if (at === 29) await bed.note({ ...noteReserveFailed, orderId }, cause);
        placed.push(orderId);
      }
    });
    after(async () => {
      await bed.stop();
      await drop();
    });

    const ids = async (more: Partial<ListOrdersRequest>) =>
      (await bed.client.listOrders(request({ pageSize: 100, ...more }))).orders.map(({ orderId }) => orderId);
    /** All pages. */
    async function walk(more: Partial<ListOrdersRequest>, pageSize: number) {
      const pages: string[][] = [];
      for (let pageToken = ''; ; ) {
        const page = await bed.client.listOrders(request({ ...more, pageSize, pageToken }));
        pages.push(page.orders.map(({ orderId }) => orderId));
        pageToken = page.nextPageToken;
        if (pageToken === '') return pages;
      }
    }

    it('hold every order once, newest first', async () => {
      const all = await ids({});
      assert.deepEqual([...all].sort(), [...placed].sort());
      assert.deepEqual(await ids({ oldestFirst: true }), all.toReversed());
      assert.deepEqual(new Set(all.slice(0, 3)), new Set(placed.slice(-3)));
    });

    it('choose by customer, status and time', async () => {
      const even = placed.filter((_, at) => at % 2 === 0);
      assert.deepEqual((await ids({ customerId: 'ada' })).sort(), even.toSorted());
      assert.deepEqual(await ids({ customerId: 'nobody' }), []);
      const { ORDER_STATUS_RESERVED, ORDER_STATUS_REJECTED } = OrderStatus;
      const reserved = placed.filter((_, at) => at % 3 === 0);
      assert.deepEqual((await ids({ statuses: [ORDER_STATUS_RESERVED] })).sort(), reserved.toSorted());
      const both = await ids({ statuses: [ORDER_STATUS_RESERVED, ORDER_STATUS_REJECTED], customerId: 'bob' });
      const expected = placed.filter((_, at) => at % 2 === 1 && (at % 3 === 0 || at === 29));
      assert.deepEqual(both.sort(), expected.toSorted());
      const between = await ids({ createdAfter: afterMs(2_000), createdBefore: afterMs(4_000) });
      assert.deepEqual(between.sort(), placed.slice(6, 12).toSorted());
    });

    it('page without a gap or a repeat, whatever the size, also while orders are placed', async () => {
      const all = await ids({});
      for (const size of [1, 2, 7, 30, 31]) {
        const pages = await walk({}, size);
        assert.deepEqual(pages.flat(), all, `pages of ${size}`);
        assert.equal(pages.length, Math.ceil(30 / size), `pages of ${size}`);
      }
      const [first] = await walk({ statuses: [OrderStatus.ORDER_STATUS_RESERVED] }, 4);
      assert.equal(first?.length, 4);
      const begun = await bed.client.listOrders(request({ customerId: 'ada', pageSize: 5 }));
      bed.now = afterMs(60_000);
      await bed.client.placeOrder(placeOrderRequest({ customerId: 'ada' }));
      const rest = await bed.client.listOrders(
        request({ customerId: 'ada', pageSize: 100, pageToken: begun.nextPageToken }),
      );
      const seen = [...begun.orders, ...rest.orders].map(({ orderId }) => orderId);
      assert.deepEqual(seen.sort(), placed.filter((_, at) => at % 2 === 0).sort());
    });

    it('refuse a page token that was changed, made up, or is of another question', async () => {
      const { nextPageToken: pageToken } = await bed.client.listOrders(request({ pageSize: 3 }));
      const refused = { code: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' };
      const middle = pageToken[20] === 'A' ? 'B' : 'A';
      const changed = `${pageToken.slice(0, 20)}${middle}${pageToken.slice(21)}`;
      for (const wrong of [changed, 'x', `${pageToken}A`, pageToken.slice(4)]) {
        await assert.rejects(bed.client.listOrders(request({ pageToken: wrong })), refused);
      }
      const others = [
        { customerId: 'ada' },
        { oldestFirst: true },
        { statuses: [OrderStatus.ORDER_STATUS_PENDING] },
      ];
      for (const other of others) {
        await assert.rejects(bed.client.listOrders(request({ ...other, pageToken })), refused);
      }
    });

    it('count an order among those in review whose end was asked for meanwhile', async () => {
      const { ORDER_STATUS_CANCELLING, ORDER_STATUS_NEEDS_REVIEW } = OrderStatus;
      const orders = [0, 1].map(() => bed.client.placeOrder(placeOrderRequest({ customerId: 'eve' })));
      const [cancelling = '', reviewed = ''] = (await Promise.all(orders)).map(({ orderId }) => orderId);
      for (const orderId of [cancelling, reviewed]) {
        await bed.client.cancelOrder({ requestId: randomUUID(), orderId, message: '' });
      }
      await bed.note({ ...notePaymentNeedsReview, orderId: reviewed }, cause);
      const customerId = 'eve';
      assert.deepEqual(await ids({ customerId, statuses: [ORDER_STATUS_NEEDS_REVIEW] }), [reviewed]);
      assert.deepEqual(await ids({ customerId, statuses: [ORDER_STATUS_CANCELLING] }), [cancelling]);
    });

    it('hold each order as GetOrder tells it', async () => {
      const { orders } = await bed.client.listOrders(request({ pageSize: 100 }));
      for (const order of orders) {
        assert.deepEqual((await bed.client.getOrder({ orderId: order.orderId })).order, order);
      }
    });

    it('tell of the past what the store knows of it', async () => {
      const orderId = placed[0] ?? '';
      const now = (await bed.client.getOrder({ orderId })).order;
      assert.deepEqual((await bed.client.getOrder({ orderId, atVersion: 2 })).order, now);
      assert.deepEqual((await bed.client.getOrder({ orderId, atTime: afterMs(9e9) })).order, now);
      const notThen = { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND_THEN' };
      await assert.rejects(bed.client.getOrder({ orderId, atVersion: 3 }), notThen);
      await assert.rejects(bed.client.getOrder({ orderId, atTime: afterMs(-1) }), notThen);
      await assert.rejects(bed.client.getOrder({ orderId: randomUUID(), atVersion: 1 }), {
        reason: 'ORDER_NOT_FOUND',
      });
      const past = bed.client.getOrder({ orderId, atVersion: 1 });
      if (store === 'events') {
        assert.equal((await past).order?.status, OrderStatus.ORDER_STATUS_PENDING);
      } else {
        await assert.rejects(past, (error: Error & { reason?: string }) => {
          assert.equal(error.reason, 'PAST_NOT_KEPT');
          assert.match(error.message, /at_version.*ORDERLOG_ORDER_STORE=events/);
          return true;
        });
      }
      // What happened is known in both.
      const { events } = await bed.client.getOrderHistory({ orderId, pageSize: 0, pageToken: '' });
      assert.deepEqual(
        events.map(({ type }) => type),
        ['orderlog.order.v1.OrderCreated', 'orderlog.order.v1.OrderItemsReserved'],
      );
    });
  });
}

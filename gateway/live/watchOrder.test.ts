import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANYBODY } from '../../platform/access/caller.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { WatchOrderResponse } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { type FeedDouble, feedDouble, messageOf } from './feedDouble.testing.ts';
import { ORDER_ID, type OrdersDouble, ordersDouble } from './ordersDouble.testing.ts';
import { createWatchers } from './watchers.ts';
import { openWatch } from './watchOrder.ts';

const call = { deadline: undefined, signal: new AbortController().signal, traceparent: '', ...ANYBODY };

function bed(orders: OrdersDouble, maxEvents = 10) {
  const feed = feedDouble();
  const watchers = createWatchers(feed, { maxEvents });
  const open = (afterVersion = 0, orderId = ORDER_ID) =>
    openWatch({ watchers, orders }, { orderId, afterVersion }, call);
  return { feed, watchers, open };
}

/** Such as `snapshot 2`, `event 3`, `resync 3`. */
function told({ snapshot, event, resync }: WatchOrderResponse): string {
  if (snapshot) return `snapshot ${snapshot.version}`;
  return event ? `event ${event.version}` : `resync ${resync?.lastVersion}`;
}

async function rest(updates: AsyncIterable<WatchOrderResponse>): Promise<string[]> {
  const all: string[] = [];
  for await (const update of updates) all.push(told(update));
  return all;
}

/** Happens, and is in the log. */
const go = (orders: OrdersDouble, feed: FeedDouble, ...types: readonly string[]) =>
  feed.tell(...orders.happen(...types));

describe('watching an order', () => {
  it('begins with the order as it is, goes on with each event, and ends with the order', async () => {
    const orders = ordersDouble('OrderCreated', 'OrderItemsReserved');
    const { feed, watchers, open } = bed(orders);
    const { updates, isOver } = await open();
    assert.equal(isOver, false);
    go(orders, feed, 'OrderPaid', 'OrderCompleted');
    assert.deepEqual(await rest(updates), ['snapshot 2', 'event 3', 'event 4']);
    assert.equal(watchers.count(), 0);
  });

  it('resumes after a version from the history, without gap or double where the log takes over', async () => {
    const orders = ordersDouble('OrderCreated', 'OrderItemsReserved');
    const { feed, open } = bed(orders);
    const late = messageOf(ORDER_ID, 2, 'OrderItemsReserved');
    const { updates } = await open(1);
    // Is in the aggregate already when it comes from the log.
    feed.tell(late, ...orders.happen('OrderPaid'));
    go(orders, feed, 'OrderCompleted');
    assert.deepEqual(await rest(updates), ['event 2', 'event 3', 'event 4']);
  });

  it('of an order that has ended tells what it is, or what its client lacks, and ends', async () => {
    const orders = ordersDouble('OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted');
    const { watchers, open } = bed(orders);
    assert.deepEqual(await rest((await open()).updates), ['snapshot 4']);
    assert.deepEqual(await rest((await open(2)).updates), ['event 3', 'event 4']);
    assert.equal((await open(4)).isOver, true);
    assert.equal(watchers.count(), 0);
  });

  it('tells what follows upon the end in the same breath', async () => {
    const orders = ordersDouble('OrderCreated');
    const { feed, open } = bed(orders);
    const { updates } = await open(1);
    const [completed] = orders.happen('OrderCompleted', 'ConfirmRequested');
    assert.ok(completed);
    feed.tell(completed);
    assert.deepEqual(await rest(updates), ['event 2', 'event 3']);
  });

  it('of a completed order goes on to its refund once that was asked for', async () => {
    const orders = ordersDouble('OrderCreated', 'OrderCompleted', 'OrderCancellationRequested');
    const { feed, open } = bed(orders);
    const { updates } = await open();
    go(orders, feed, 'OrderRefunded');
    assert.deepEqual(await rest(updates), ['snapshot 3', 'event 4']);
  });

  it('that is too slow is told so, gets the order anew, and goes on', async () => {
    const orders = ordersDouble('OrderCreated');
    const { feed, open } = bed(orders, 2);
    const { updates } = await open();
    assert.equal(told((await updates.next()).value), 'snapshot 1');
    go(orders, feed, 'OrderItemsReserved', 'OrderPaid', 'OrderNeedsReview');
    assert.equal(told((await updates.next()).value), 'resync 1');
    assert.equal(told((await updates.next()).value), 'snapshot 4');
    go(orders, feed, 'OrderCompleted');
    assert.deepEqual(await rest(updates), ['event 5']);
  });

  it('makes good what the log lost', async () => {
    const orders = ordersDouble('OrderCreated');
    const { feed, open } = bed(orders);
    const { updates } = await open();
    orders.happen('OrderItemsReserved');
    go(orders, feed, 'OrderPaid');
    assert.equal(told((await updates.next()).value), 'snapshot 1');
    assert.equal(told((await updates.next()).value), 'resync 1');
    assert.equal(told((await updates.next()).value), 'snapshot 3');
    orders.happen('OrderCompleted');
    feed.miss();
    assert.deepEqual(await rest(updates), ['resync 3', 'snapshot 4']);
  });

  it('waits for the Order service once it has begun, and begins only if that answers', async () => {
    const orders = ordersDouble('OrderCreated');
    const { feed, watchers, open } = bed(orders);
    const { updates } = await open();
    assert.equal(told((await updates.next()).value), 'snapshot 1');
    orders.failures = 2;
    go(orders, feed, 'OrderCompleted');
    assert.deepEqual(await rest(updates), ['event 2']);
    orders.failures = 1;
    await assert.rejects(open(), { code: 'UNAVAILABLE', reason: 'ORDER_SERVICE_UNAVAILABLE' });
    assert.equal(watchers.count(), 0);
  });

  it('is UNAVAILABLE where the Order service gives no answer: its own time is not over', async () => {
    const late = () => Promise.reject(new OrderlogError('DEADLINE_EXCEEDED', 'TEST', 'no answer'));
    const { watchers, open } = bed({ ...ordersDouble('OrderCreated'), getOrder: late });
    await assert.rejects(open(), { code: 'UNAVAILABLE', reason: 'ORDER_SERVICE_UNAVAILABLE' });
    assert.equal(watchers.count(), 0);
  });

  it('is refused for an order, or a version, that there is not', async () => {
    const { watchers, open } = bed(ordersDouble('OrderCreated'));
    const unknown = '00000000-0000-4000-8000-000000000000';
    await assert.rejects(open(0, unknown), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
    await assert.rejects(open(2), {
      code: 'FAILED_PRECONDITION',
      reason: 'VERSION_AHEAD',
      violations: [
        {
          field: 'after_version',
          description:
            "is beyond the order's version, which is 1: begin with 0, or with a version that was sent",
        },
      ],
    });
    assert.equal(watchers.count(), 0);
  });
});

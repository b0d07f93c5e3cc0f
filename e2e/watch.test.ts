/** Watches of orders over gRPC and SSE, through kills of what they hang on: every event once, in order; and the overview of all. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import type { LiveDocument } from '../gateway/live/overview/document.ts';
import { readEvents } from '../gateway/rest/sse.testing.ts';
import { OrderlogError } from '../platform/errors.ts';
import { ended, eventsOf, orderOf, placeUntilAccepted, untilAccepted } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

const ORDERS = 40;
/** Orders are placed this far apart, so that some are under way whenever the kill comes. */
const APART_MS = 50;

interface Seen {
  readonly orderId: string;
  /** Versions that were told as events. */
  readonly versions: number[];
  readonly connections: number;
}

describe('watching orders', function () {
  this.timeout(180_000);
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  const place = (paymentToken = 'tok_ok') => placeUntilAccepted(system.orders, orderOf({ paymentToken }));
  const open = (orderId: string, lastEventId: number) =>
    fetch(`http://${system.addresses.http}/v1/orders/${orderId}/events`, {
      headers: { 'last-event-id': String(lastEventId) },
    });

  /** As an EventSource: comes back with the last id until it is told the end. */
  async function follow(orderId: string): Promise<Seen> {
    const versions: number[] = [];
    // Version 1 is known from the order's being accepted.
    let last = 1;
    for (let connections = 1; ; connections += 1) {
      try {
        const response = await open(orderId, last);
        // The last event came, and the kill before the end was told.
        if (response.status === 204) return { orderId, versions, connections };
        assert.ok([200, 503].includes(response.status), `status ${response.status}`);
        for await (const { event, id } of readEvents(response)) {
          last = Number(id);
          if (event === 'event') versions.push(last);
          if (event === 'end') return { orderId, versions, connections };
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
      }
      await sleep(200);
    }
  }

  /** Throws unless all of the history after version 1 was told, each event once. */
  async function assertWhole({ orderId, versions }: Seen): Promise<void> {
    const events = await eventsOf(system.orders, orderId);
    assert.deepEqual(
      versions,
      events.slice(1).map((_, index) => index + 2),
    );
  }

  it('tells over gRPC what the history has, and ends with the order', async () => {
    const { orderId } = await place('tok_flaky');
    const types: string[] = [];
    let first: number | undefined;
    for await (const { event, snapshot } of system.query.watchOrder({ orderId, afterVersion: 0 })) {
      if (event) types.push(event.type.replace('orderlog.order.v1.', ''));
      else {
        assert.equal(snapshot?.orderId, orderId);
        first = snapshot?.version;
      }
    }
    const events = await eventsOf(system.orders, orderId);
    assert.equal(events.at(-1), 'OrderCompleted');
    // Its charge fails twice: it is not over when it is first seen.
    assert.ok(first !== undefined && first > 0 && first < events.length, `first seen at ${first}`);
    assert.deepEqual(types, events.slice(first));
  });

  it('goes on to the refund of a completed order that was cancelled', async () => {
    const { orderId } = await place();
    const { version } = await ended(system.orders, orderId);
    const requestId = orderOf().requestId;
    await untilAccepted(() => system.orders.cancelOrder({ requestId, orderId, message: 'too late' }));
    const types: string[] = [];
    for await (const { event } of system.query.watchOrder({ orderId, afterVersion: version })) {
      types.push(event?.type ?? 'none');
    }
    assert.deepEqual(types, [
      'orderlog.order.v1.OrderCancellationRequested',
      'orderlog.order.v1.OrderRefunded',
    ]);
    const { status } = await open(orderId, version + 2);
    assert.equal(status, 204);
  });

  for (const victim of ['gateway', 'nats', 'order']) {
    it(`${victim} is killed: nothing is lost, nothing is told twice`, async () => {
      const following: Promise<Seen>[] = [];
      const killed = sleep((ORDERS * APART_MS) / 2).then(() => system.kill(victim));
      for (let n = 0; n < ORDERS; n += 1) {
        const { orderId } = await place(n % 4 === 0 ? 'tok_slow' : 'tok_ok');
        following.push(follow(orderId));
        await sleep(APART_MS);
      }
      await killed;
      const seen = await Promise.all(following);
      for (const each of seen) await assertWhole(each);
      if (victim === 'gateway') assert.ok(seen.some(({ connections }) => connections > 1));
    });
  }

  it('shows all of it in one overview: what flows through each step, how far the read model is, every part', async () => {
    const over = new AbortController();
    // Until it was seen on its way.
    await system.setProviderFault('hang');
    try {
      const response = await fetch(`http://${system.addresses.http}/v1/live`, { signal: over.signal });
      let orderId: string | undefined;
      let flowed = false;
      for await (const { data } of readEvents(response)) {
        const { flow, logs, parts, lag, orders, recentEvents } = data as LiveDocument;
        const isFollowing = logs.every(({ following }) => following);
        // What comes before is not counted.
        if (isFollowing) orderId ??= (await place()).orderId;
        const isInFlight = orders.inFlight.some(({ count }) => count > 0);
        const total = (type: string) => flow.events.find((event) => event.type === type)?.total ?? 0;
        if (!flowed && isInFlight && total('OrderCreated') > 0 && total('ItemsReserved') > 0) {
          flowed = true;
          await system.setProviderFault('none');
        }
        // Of all three streams.
        if (!flowed || total('PaymentProcessed') === 0 || total('ReservationConfirmed') === 0) continue;
        // One that was killed above may be on its way back.
        if (!isFollowing || lag?.events !== 0 || parts.some(({ ready }) => !ready)) continue;
        assert.deepEqual([logs.length, parts.length], [3, 6]);
        assert.ok((orders.readModel?.total ?? 0) > 0);
        assert.ok(recentEvents.some((event) => event.orderId === orderId && event.type === 'OrderCompleted'));
        break;
      }
    } finally {
      over.abort();
      await system.setProviderFault('none');
    }
  });

  it('is refused for an order that there is not, as reading it is', async () => {
    const orderId = orderOf().requestId;
    const watch = system.query.watchOrder({ orderId, afterVersion: 0 })[Symbol.asyncIterator]();
    const refusal = await watch.next().catch((error: unknown) => error);
    assert.ok(refusal instanceof OrderlogError);
    const read = system.query.getOrder({ orderId, consistencyToken: '' });
    await assert.rejects(read, { code: refusal.code, reason: refusal.reason, message: refusal.message });
    assert.equal((await open(orderId, 0)).status, 404);
  });
});

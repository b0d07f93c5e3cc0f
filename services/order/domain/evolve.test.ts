import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW } from '../../../platform/deciderTesting.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import { orderDecider } from './decide.ts';
import { type OrderEvent, orderEvents } from './events.ts';
import { foldHistory } from './history.ts';
import {
  cancellationRequested,
  cancelledAndRefunded,
  cancelledAsDeclined,
  capturedAfter,
  context,
  itemsReserved,
  needsReview,
  ORDER_ID,
  orderCompleted,
  orderCreated,
  orderPaid,
  orderRefunded,
  orderRejected,
  PAYMENT_ID,
  total,
} from './samples.testing.ts';
import { initialOrder } from './state.ts';

const statusAfter = (...events: OrderEvent[]) => foldEvents(orderDecider, initialOrder, events).status;

const stored = (events: readonly { type: string; payload: Uint8Array }[]): StoredEvent[] =>
  events.map(({ type, payload }, index) => ({
    streamId: ORDER_ID,
    version: index + 1,
    eventId: `event-${index}`,
    type,
    partition: 0,
    time: NOW,
    cause: undefined,
    traceparent: undefined,
    payload,
  }));
const encoded = (event: OrderEvent) => ({
  type: orderEvents.fullName(event.type),
  payload: orderEvents.encode(event),
});

describe("an order's history", () => {
  it('tells its status at every moment', () => {
    assert.equal(statusAfter(), 'none');
    assert.equal(statusAfter(orderCreated), 'pending');
    assert.equal(statusAfter(orderCreated, itemsReserved), 'reserved');
    assert.equal(statusAfter(orderCreated, orderPaid), 'paid');
    assert.equal(statusAfter(orderCreated, orderPaid, itemsReserved), 'paid');
    assert.equal(statusAfter(orderCreated, itemsReserved, orderPaid, orderCompleted), 'completed');
    assert.equal(statusAfter(orderCreated, itemsReserved, needsReview), 'needsReview');
    assert.equal(statusAfter(orderCreated, needsReview, itemsReserved), 'needsReview');
    assert.equal(statusAfter(orderCreated, itemsReserved, needsReview, orderPaid), 'paid');
    assert.equal(statusAfter(orderCreated, cancellationRequested, needsReview), 'cancelling');
    assert.equal(statusAfter(orderCreated, orderRejected), 'rejected');
    assert.equal(statusAfter(orderCreated, cancellationRequested), 'cancelling');
    assert.equal(statusAfter(orderCreated, cancellationRequested, itemsReserved, orderPaid), 'cancelling');
    assert.equal(statusAfter(orderCreated, cancellationRequested, cancelledAndRefunded), 'cancelled');
    assert.equal(
      statusAfter(orderCreated, itemsReserved, orderPaid, orderCompleted, orderRefunded),
      'refunded',
    );
  });

  it('keeps an end when money is asked back after it', () => {
    const completed = [orderCreated, itemsReserved, orderPaid, orderCompleted];
    assert.equal(statusAfter(...completed, cancellationRequested), 'completed');
    assert.equal(statusAfter(orderCreated, orderRejected, capturedAfter('rejected')), 'rejected');
    assert.equal(statusAfter(orderCreated, cancelledAsDeclined, capturedAfter('cancelled')), 'cancelled');
  });

  it('gathers facts, through the bytes of the log', () => {
    const state = foldHistory(stored([orderCreated, itemsReserved, orderPaid, orderCompleted].map(encoded)));
    assert.equal(state.status, 'completed');
    assert.ok('context' in state);
    assert.deepEqual(state.context, context);
    assert.deepEqual(state.reservation?.total, total);
    assert.deepEqual(state.payment, { paymentId: PAYMENT_ID, amount: total });
  });

  it('is read as far as it is understood, and says from which event on it is not', () => {
    const newer = { type: 'orderlog.order.v1.OrderGiftWrapped', payload: Buffer.from([10, 0]) };
    const broken = { type: 'orderlog.order.v1.OrderPaid', payload: Buffer.from([255]) };
    for (const unknown of [newer, broken]) {
      const state = foldHistory(stored([encoded(orderCreated), unknown, encoded(itemsReserved)]));
      assert.ok(state.status === 'unreadable');
      assert.equal(state.eventType, unknown.type);
      assert.equal(state.order.status, 'reserved');
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { shortName } from '../events.ts';
import { requestsUpon } from './conductor.ts';
import { readSaga } from './definition.ts';

describe('the conductor of a saga', () => {
  const saga = readSaga('place-order');
  const asks = requestsUpon(saga);
  const order = (name: string) => asks(`orderlog.order.v1.${name}`).map(shortName);

  it('asks for the first step upon the start', () =>
    assert.deepEqual(order('OrderCreated'), ['ReserveItemsRequested']));

  it('asks for the next step once it has noted the outcome of the one before', () =>
    assert.deepEqual(order('OrderItemsReserved'), ['ChargeRequested']));

  it('asks for what an end leads to, compensations included', () => {
    assert.deepEqual(order('OrderCompleted'), ['ConfirmRequested']);
    assert.deepEqual(order('OrderCancelled'), ['ReleaseRequested']);
    assert.deepEqual(order('OrderRefunded'), ['ReturnRequested']);
    assert.deepEqual(order('OrderRejected'), []);
  });

  it('asks for a step that it was asked for itself', () =>
    assert.deepEqual(order('OrderCancellationRequested'), ['CancelPaymentRequested']));

  it('asks for nothing upon other notes, its own requests, and the events of others', () => {
    for (const name of ['OrderPaid', 'OrderNeedsReview', 'ChargeRequested', 'CancelPaymentRequested']) {
      assert.deepEqual(order(name), []);
    }
    assert.deepEqual(asks('orderlog.catalog.v1.ItemsReserved'), []);
    assert.deepEqual(asks('orderlog.payment.v1.PaymentStarted'), []);
  });

  it('asks for each step and each compensation somewhere', () => {
    const asked = new Set(saga.events.flatMap(({ type }) => asks(type)));
    const wanted = saga.events.filter(({ modes }) => modes.includes('ORCHESTRATION')).map(({ type }) => type);
    assert.deepEqual(asked, new Set(wanted));
  });
});

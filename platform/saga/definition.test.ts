import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { descriptors } from '../grpc/descriptors.ts';
import { defineSaga, readSaga } from './definition.ts';
import { sagaEvents } from './event.ts';
import { placeOrder, withEvent } from './samples.testing.ts';

describe('the definition of a saga', () => {
  it('is read from the contract: start, steps in order, ends', () => {
    const { start, steps, ends } = readSaga('place-order');
    assert.deepEqual(start, {
      event: 'orderlog.order.v1.OrderCreated',
      deadlineMs: 900_000,
      atDeadline: 'cancel',
      next: ['reserve'],
    });
    assert.deepEqual(
      steps.map(({ name, service, kind, deadlineMs }) => [name, service, kind, deadlineMs]),
      [
        ['reserve', 'catalog', 'COMPENSATABLE', 60_000],
        ['charge', 'payment', 'PIVOT', 300_000],
        ['confirm', 'catalog', 'RETRYABLE', 60_000],
        ['cancel', 'payment', 'RETRYABLE', 86_400_000],
        ['return', 'catalog', 'RETRYABLE', 60_000],
      ],
    );
    assert.deepEqual(
      ends.map(({ event, kind, undoes }) => [event, kind, undoes]),
      [
        ['orderlog.order.v1.OrderCompleted', 'COMPLETE', undefined],
        ['orderlog.order.v1.OrderRejected', 'ROLLBACK', undefined],
        ['orderlog.order.v1.OrderCancelled', 'ROLLBACK', undefined],
        ['orderlog.order.v1.OrderRefunded', 'ROLLBACK', 'orderlog.order.v1.OrderCompleted'],
      ],
    );
  });

  it('has each event in its role, and what undoes a step', () => {
    const [reserve] = readSaga('place-order').steps;
    assert.deepEqual(reserve, {
      name: 'reserve',
      service: 'catalog',
      kind: 'COMPENSATABLE',
      begunBy: ['orderlog.order.v1.OrderCreated'],
      requested: ['orderlog.order.v1.ReserveItemsRequested'],
      succeeded: ['orderlog.catalog.v1.ItemsReserved'],
      failed: ['orderlog.catalog.v1.ReserveFailed'],
      compensated: ['orderlog.catalog.v1.ReservationReleased'],
      suspended: [],
      noted: ['orderlog.order.v1.OrderItemsReserved'],
      deadlineMs: 60_000,
      compensation: {
        event: 'orderlog.catalog.v1.ReservationReleased',
        requested: ['orderlog.order.v1.ReleaseRequested'],
        begunBy: ['orderlog.order.v1.OrderCancelled'],
        deadlineMs: 60_000,
      },
    });
  });

  it('has every event of the contract that carries a saga context', () => {
    const carrying = [...descriptors().registry].filter(
      (type) => type.kind === 'message' && type.field.context?.message?.typeName.endsWith('.SagaContext'),
    );
    const types = carrying.map((type) => (type.kind === 'message' ? type.typeName : '')).sort();
    assert.deepEqual(
      readSaga('place-order')
        .events.map(({ type }) => type)
        .sort(),
      types,
    );
  });

  it('is refused with what to do where there is none, no start, or two', () => {
    assert.throws(
      () => readSaga('place-oder'),
      /no event belongs to a saga place-oder; there are: place-order/,
    );
    const startless = withEvent('OrderCreated', { boundary: undefined });
    assert.throws(
      () => defineSaga('place-order', startless),
      /has no start: set boundary: SAGA_BOUNDARY_START/,
    );
    const twice = withEvent('OrderRejected', { boundary: 'START' });
    assert.throws(() => defineSaga('place-order', twice), /two starts, .*OrderCreated and .*OrderRejected/);
  });

  it('is the same however the messages are ordered, but for the order of the lists', () => {
    const turned = defineSaga('place-order', [...placeOrder].reverse());
    assert.deepEqual(
      turned.steps.map(({ name, service, kind }) => [name, service, kind]),
      readSaga('place-order').steps.map(({ name, service, kind }) => [name, service, kind]),
    );
  });

  it('knows the sagas of the image by name', () =>
    assert.deepEqual([...sagaEvents(descriptors().registry).keys()], ['place-order']));
});

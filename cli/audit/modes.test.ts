import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventIdOf } from '../../platform/ids.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { CallName } from '../../services/order/direct/tasks.ts';
import { judgeOrder } from './judge.ts';
import { CLOCK_START, type EventType, historyFor, ORDER_ID, type Step } from './stories.testing.ts';

/** Of an order in this mode, at rest; `openCalls`: unset, nobody has looked for them. */
const violations = (mode: SagaMode, steps: readonly Step[], openCalls?: readonly CallName[]): string[] => {
  const history = historyFor({ orderId: ORDER_ID, mode, startedAt: CLOCK_START }, ...steps);
  return judgeOrder({ ...history, openCalls }, { now: CLOCK_START, settledBefore: new Date(8.64e15) })
    .filter(({ kind }) => kind === 'violation')
    .map(({ invariant, message }) => `${invariant}: ${message}`);
};

const { SAGA_MODE_ORCHESTRATION, SAGA_MODE_DIRECT } = SagaMode;
const lost = (status: string) => `progress: it is ${status}, and no news is on its way to it`;

describe('the judgement of an orchestrated order', () => {
  const asked: readonly EventType[] = ['OrderCreated', 'ReserveItemsRequested', 'ItemsReserved'];
  const charged: readonly EventType[] = ['OrderItemsReserved', 'ChargeRequested', 'PaymentStarted'];
  const sold: readonly EventType[] = ['PaymentProcessed', 'OrderPaid', 'OrderCompleted', 'ConfirmRequested'];
  const orchestrated = (...steps: readonly Step[]) => violations(SAGA_MODE_ORCHESTRATION, steps);

  it('finds nothing in one that completed, nor in one that was cancelled', () => {
    assert.deepEqual(orchestrated(...asked, ...charged, ...sold, 'ReservationConfirmed'), []);
    const cancelled: readonly EventType[] = [
      ...(['OrderCancellationRequested', 'CancelPaymentRequested', 'PaymentVoided'] as const),
      ...(['OrderCancelled', 'ReleaseRequested', 'ReservationReleased'] as const),
    ];
    assert.deepEqual(orchestrated(...asked, ...charged, ...cancelled), []);
  });

  it('lets it wait for the provider, and for nobody else', () => {
    assert.deepEqual(orchestrated(...asked, ...charged), []);
    assert.deepEqual(orchestrated(...asked), [lost('pending')]);
    assert.deepEqual(orchestrated(...asked, ...charged.slice(0, 2)), [lost('reserved')]);
  });

  it('finds what came of an event that asks for nothing', () => {
    const created = { stream: 'ORDERS', eventId: eventIdOf('order', ORDER_ID, 1) };
    const unasked: Step = { type: 'ItemsReserved', cause: created };
    assert.deepEqual(orchestrated('OrderCreated', 'ReserveItemsRequested', unasked, ...charged), [
      'transitions: it is orchestrated, and did not ask for what was done',
    ]);
  });

  it('finds what has no cause', () => {
    const uncaused: Step = { type: 'ReservationConfirmed', cause: false };
    assert.deepEqual(orchestrated(...asked, ...charged, ...sold, uncaused), [
      'causes: ReservationConfirmed has no cause',
    ]);
  });
});

describe('the judgement of an order whose saga is direct', () => {
  const reserved: readonly EventType[] = ['OrderCreated', 'ItemsReserved', 'OrderItemsReserved'];
  const sold: readonly EventType[] = ['PaymentStarted', 'PaymentProcessed', 'OrderPaid', 'OrderCompleted'];
  const waits: readonly (readonly [status: string, steps: readonly EventType[], call: CallName])[] = [
    ['pending', ['OrderCreated'], 'ReserveItemsRequested'],
    ['reserved', reserved, 'ChargeRequested'],
    ['cancelling', [...reserved, 'PaymentStarted', 'OrderCancellationRequested'], 'CancelPaymentRequested'],
    [
      'refunding',
      [...reserved, ...sold, 'ReservationConfirmed', 'OrderCancellationRequested'],
      'CancelPaymentRequested',
    ],
  ];
  for (const [status, steps, call] of waits) {
    it(`lets one that is ${status} wait for its own call, and for no other`, () => {
      assert.deepEqual(violations(SAGA_MODE_DIRECT, steps, [call]), []);
      assert.deepEqual(violations(SAGA_MODE_DIRECT, steps, []), [lost(status)]);
      assert.deepEqual(violations(SAGA_MODE_DIRECT, steps, ['ConfirmRequested']), [lost(status)]);
      assert.deepEqual(violations(SAGA_MODE_DIRECT, steps), [], 'nobody has looked');
    });
  }

  it('lets it wait for the provider once that call was made', () => {
    const undoing: readonly EventType[] = ['OrderCancellationRequested', 'PaymentCancellationRequested'];
    const made: readonly (readonly EventType[])[] = [[], ['PaymentCancellationRequested'], undoing];
    for (const steps of made) {
      assert.deepEqual(violations(SAGA_MODE_DIRECT, [...reserved, 'PaymentStarted', ...steps], []), []);
    }
  });

  it('lets it wait for its cancellation where Catalog gives it no goods', () =>
    assert.deepEqual(violations(SAGA_MODE_DIRECT, ['ReservationReleased', 'OrderCreated'], []), []));
});

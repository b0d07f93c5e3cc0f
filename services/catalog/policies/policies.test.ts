import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
  ReserveItemsRequested,
} from '../../../proto/gen/orderlog/order/v1/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { commands, context, contextOf, ORDER_ID, reserve } from '../domain/samples.testing.ts';
import { onConfirmRequested } from './onConfirmRequested.ts';
import { onOrderCancelled } from './onOrderCancelled.ts';
import { onOrderCompleted } from './onOrderCompleted.ts';
import { onOrderCreated } from './onOrderCreated.ts';
import { onOrderRefunded } from './onOrderRefunded.ts';
import { onReleaseRequested } from './onReleaseRequested.ts';
import { onReserveItemsRequested } from './onReserveItemsRequested.ts';
import { onReturnRequested } from './onReturnRequested.ts';

describe("Catalog's policies", () => {
  it("follow an order's life", () => {
    const lines = [{ sku: 'TEA', quantity: 2 }];
    assert.deepEqual(onOrderCreated(OrderCreated.fromPartial({ context, lines })), reserve([['TEA', 2]]));
    const { ConfirmReservation, ReleaseReservation, ReturnReservation } = commands;
    assert.deepEqual(onOrderCompleted(OrderCompleted.fromPartial({ context })), ConfirmReservation);
    assert.deepEqual(onOrderCancelled(OrderCancelled.fromPartial({ context })), ReleaseReservation);
    assert.deepEqual(onOrderRefunded(OrderRefunded.fromPartial({ context })), ReturnReservation);
  });

  it('obey an orchestrator', () => {
    const orchestrated = contextOf(ORDER_ID, { mode: SagaMode.SAGA_MODE_ORCHESTRATION });
    const lines = [{ sku: 'TEA', quantity: 2 }];
    const asked = { context: orchestrated };
    assert.deepEqual(onReserveItemsRequested(ReserveItemsRequested.fromPartial({ ...asked, lines })), {
      type: 'ReserveItems',
      context: orchestrated,
      lines,
    });
    const about = { orderId: ORDER_ID, mode: SagaMode.SAGA_MODE_ORCHESTRATION };
    assert.deepEqual(onConfirmRequested(asked), { type: 'ConfirmReservation', ...about });
    assert.deepEqual(onReleaseRequested(asked), { type: 'ReleaseReservation', context: orchestrated });
    assert.deepEqual(onReturnRequested(asked), { type: 'ReturnReservation', ...about });
  });

  it('obey nobody where no orchestrator drives the saga', () => {
    for (const mode of [SagaMode.SAGA_MODE_CHOREOGRAPHY, SagaMode.SAGA_MODE_DIRECT, 99 as SagaMode]) {
      const other = { context: contextOf(ORDER_ID, { mode }) };
      assert.equal(onReserveItemsRequested({ ...other, lines: [] }), undefined);
      assert.equal(onConfirmRequested(other), undefined);
      assert.equal(onReleaseRequested(other), undefined);
      assert.equal(onReturnRequested(other), undefined);
    }
  });

  it('leave sagas of other modes alone', () => {
    for (const mode of [SagaMode.SAGA_MODE_ORCHESTRATION, SagaMode.SAGA_MODE_DIRECT, 99 as SagaMode]) {
      const other = { context: contextOf(ORDER_ID, { mode }) };
      assert.equal(onOrderCreated(OrderCreated.fromPartial(other)), undefined);
      assert.equal(onOrderCompleted(OrderCompleted.fromPartial(other)), undefined);
      assert.equal(onOrderCancelled(OrderCancelled.fromPartial(other)), undefined);
      assert.equal(onOrderRefunded(OrderRefunded.fromPartial(other)), undefined);
    }
  });

  it('refuse an event without a context', () =>
    assert.throws(() => onOrderCreated(OrderCreated.fromPartial({})), /lacks context/));
});

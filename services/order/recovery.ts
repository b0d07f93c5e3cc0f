/**
 * How orders are folded from events that come back from the log (platform/recovery). The same for both stores: rows get no
 * state, and whoever keeps it in rows (store.ts) folds it from the events that are back.
 */
import type { Replayable } from '../../platform/recovery/replay.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type CallName, callTaskIdOf } from './direct/tasks.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import type { OrderState } from './domain/state.ts';
import { orderModel } from './model.ts';

/**
 * Calls of a direct saga that are over. Whether goods were confirmed, released or put back does not stand in an order's own
 * events: these calls are made again, under the same request ids.
 */
function settledTasksOf({ type, data }: OrderEvent): readonly string[] {
  if (data.context?.mode !== SagaMode.SAGA_MODE_DIRECT) return [];
  const { orderId } = data.context;
  const settled = settledCalls[type] ?? [];
  return settled.map((call) => callTaskIdOf(orderId, call));
}

const settledCalls: { readonly [T in OrderEvent['type']]?: readonly CallName[] } = {
  OrderItemsReserved: ['ReserveItemsRequested'],
  OrderRejected: ['ReserveItemsRequested'],
  OrderPaid: ['ChargeRequested'],
  OrderCancelled: ['ReserveItemsRequested', 'ChargeRequested', 'CancelPaymentRequested'],
  OrderRefunded: ['CancelPaymentRequested'],
};

export const orderReplay: Replayable<OrderState, OrderCommand, OrderEvent> = {
  model: orderModel,
  replay: {
    otherRowsOf: () => [],
    assemble: (row, event) => row(orderModel.address(event)) as OrderState,
    settledTasksOf,
  },
};

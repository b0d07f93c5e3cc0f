/** The Order service's write side: one aggregate, the order, event-sourced or kept as a row (store.ts). */
import type { WriteModel } from '../../platform/writeModel.ts';
import { deadlineTimers } from './deadline.ts';
import { callTasks } from './direct/tasks.ts';
import { type OrderCommand, orderIdOf } from './domain/commands.ts';
import { orderDecider } from './domain/decide.ts';
import { type OrderEvent, orderEvents } from './domain/events.ts';
import type { OrderState } from './domain/state.ts';
import { type OrderStore, orderTables } from './store.ts';

const rowOf = (orderId: string) => ({ table: orderTables.events.name, key: orderId });

export const orderModel: WriteModel<OrderState, OrderCommand, OrderEvent> = {
  service: 'order',
  codec: orderEvents,
  decider: orderDecider,
  tables: [orderTables.events],
  keysOf: (command) => [rowOf(orderIdOf(command))],
  assemble: (row, command) => row(rowOf(orderIdOf(command))) as OrderState,
  pick: (state) => state,
  address(event) {
    const orderId = event.data.context?.orderId ?? '';
    return { ...rowOf(orderId), streamId: orderId, partitionKey: orderId };
  },
  tasksOf: callTasks,
  timersOf: deadlineTimers,
};

export const orderModelIn = (store: OrderStore): typeof orderModel => ({
  ...orderModel,
  tables: [orderTables[store]],
});

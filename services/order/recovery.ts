/** How orders are folded from events that come back from the log (platform/recovery). */
import type { Replayable } from '../../platform/recovery/replay.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import type { OrderState } from './domain/state.ts';
import { orderModel } from './model.ts';

export const orderReplay: Replayable<OrderState, OrderCommand, OrderEvent> = {
  model: orderModel,
  replay: {
    otherRowsOf: () => [],
    assemble: (row, event) => row(orderModel.address(event)) as OrderState,
    settledTasksOf: () => [],
  },
};

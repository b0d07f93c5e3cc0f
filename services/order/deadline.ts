/** An order's deadline: a timer that is set as the order begins, cleared as it ends, and otherwise asks for its end. */
import type { TimerCommand } from '../../platform/timers/timerWorker.ts';
import type { TimerChange } from '../../platform/writeModel.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';

const DEADLINE = 'deadline';

/** What an event does to the deadline of its order. */
export function deadlineTimers({ type, data: { context } }: OrderEvent): readonly TimerChange[] {
  if (!context) return [];
  // An order has no other timer, so its id is the timer's too.
  const { orderId: timerId, deadline } = context;
  switch (type) {
    case 'OrderCreated':
      if (!deadline) return [];
      return [{ type: 'set', timerId, kind: DEADLINE, payload: Buffer.alloc(0), dueAt: deadline }];
    case 'OrderCompleted':
    case 'OrderRejected':
    case 'OrderCancelled':
      return [{ type: 'clear', timerId }];
    default:
      // Under way, or after the end.
      return [];
  }
}

/** The command that a due timer becomes. */
export const timerCommands: Readonly<Record<string, TimerCommand<OrderCommand>>> = {
  [DEADLINE]: ({ timerId }) => ({ type: 'ExpireOrder', orderId: timerId }),
};

/** Whether an order's deadline would end it as it stands: its own decider says so. */
import { orderDecider } from '../domain/decide.ts';
import type { PlacedOrder } from '../domain/state.ts';

export function deadlineActs(order: PlacedOrder, now: Date): boolean {
  const { orderId } = order.context;
  const decision = orderDecider.decide({ type: 'ExpireOrder', orderId }, order, { now });
  return 'events' in decision && decision.events.length > 0;
}

/** The order ended without a sale: what is held for it is free again. */
import { choreographed } from '../../../platform/policies.ts';
import type { OrderCancelled } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReleaseReservation } from '../domain/commands.ts';

export function onOrderCancelled(event: OrderCancelled): ReleaseReservation | undefined {
  const context = choreographed(event);
  return context && { type: 'ReleaseReservation', context };
}

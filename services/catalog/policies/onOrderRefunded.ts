/** A completed order was given back: its goods return to the shelf. */
import { choreographed } from '../../../platform/policies.ts';
import type { OrderRefunded } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReturnReservation } from '../domain/commands.ts';

export function onOrderRefunded(event: OrderRefunded): ReturnReservation | undefined {
  const context = choreographed(event);
  return context && { type: 'ReturnReservation', orderId: context.orderId, mode: context.mode };
}

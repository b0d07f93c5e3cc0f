/** The order is reserved and paid: its goods leave the shelf. */
import { choreographed } from '../../../platform/policies.ts';
import type { OrderCompleted } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ConfirmReservation } from '../domain/commands.ts';

export function onOrderCompleted(event: OrderCompleted): ConfirmReservation | undefined {
  const context = choreographed(event);
  return context && { type: 'ConfirmReservation', orderId: context.orderId, mode: context.mode };
}

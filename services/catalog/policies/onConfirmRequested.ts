/** The orchestrator says that the order is completed: its goods leave the shelf. */
import { orchestrated } from '../../../platform/policies.ts';
import type { ConfirmRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ConfirmReservation } from '../domain/commands.ts';

export function onConfirmRequested(event: ConfirmRequested): ConfirmReservation | undefined {
  const context = orchestrated(event);
  return context && { type: 'ConfirmReservation', orderId: context.orderId, mode: context.mode };
}

/** The orchestrator says that the order was given back: its goods return to the shelf. */
import { orchestrated } from '../../../platform/policies.ts';
import type { ReturnRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReturnReservation } from '../domain/commands.ts';

export function onReturnRequested(event: ReturnRequested): ReturnReservation | undefined {
  const context = orchestrated(event);
  return context && { type: 'ReturnReservation', orderId: context.orderId, mode: context.mode };
}

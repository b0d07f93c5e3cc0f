/** The orchestrator gives the goods up: what is held for the order is free again. */
import { orchestrated } from '../../../platform/policies.ts';
import type { ReleaseRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReleaseReservation } from '../domain/commands.ts';

export function onReleaseRequested(event: ReleaseRequested): ReleaseReservation | undefined {
  const context = orchestrated(event);
  return context && { type: 'ReleaseReservation', context };
}

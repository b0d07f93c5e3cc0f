/** The orchestrator asks for the goods: Catalog holds them. */
import { orchestrated } from '../../../platform/policies.ts';
import type { ReserveItemsRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReserveItems } from '../domain/commands.ts';

export function onReserveItemsRequested(event: ReserveItemsRequested): ReserveItems | undefined {
  const context = orchestrated(event);
  return context && { type: 'ReserveItems', context, lines: event.lines };
}

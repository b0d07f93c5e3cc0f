/** An order was placed: Catalog holds its goods. */
import { choreographed } from '../../../platform/policies.ts';
import type { OrderCreated } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { ReserveItems } from '../domain/commands.ts';

export function onOrderCreated(event: OrderCreated): ReserveItems | undefined {
  const context = choreographed(event);
  return context && { type: 'ReserveItems', context, lines: event.lines };
}

/** Catalog holds the goods: Order notes it, and completes if the payment is known. */
import { ofAnyMode, required } from '../../../platform/policies.ts';
import type { ItemsReserved } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import type { NoteItemsReserved } from '../domain/commands.ts';

export function onItemsReserved(event: ItemsReserved): NoteItemsReserved | undefined {
  const context = ofAnyMode(event);
  return (
    context && {
      type: 'NoteItemsReserved',
      orderId: context.orderId,
      mode: context.mode,
      lines: event.lines,
      total: required(event.total, 'total'),
    }
  );
}

/** Catalog cannot hold the goods: the order is rejected. */
import { ofAnyMode } from '../../../platform/policies.ts';
import type { ReserveFailed } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import type { NoteReserveFailed } from '../domain/commands.ts';
import { rejectionReasonOf } from '../domain/rejectionReason.ts';

export function onReserveFailed(event: ReserveFailed): NoteReserveFailed | undefined {
  const context = ofAnyMode(event);
  return (
    context && {
      type: 'NoteReserveFailed',
      orderId: context.orderId,
      mode: context.mode,
      reason: rejectionReasonOf(event.reason),
      message: event.message,
    }
  );
}

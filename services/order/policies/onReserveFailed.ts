/** Catalog cannot hold the goods: the order is rejected. */
import { choreographed } from '../../../platform/policies.ts';
import type { ReserveFailed } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import { ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { NoteReserveFailed } from '../domain/commands.ts';

const reasons = new Map<ReserveFailureReason, RejectionReason>([
  [ReserveFailureReason.RESERVE_FAILURE_REASON_OUT_OF_STOCK, RejectionReason.REJECTION_REASON_OUT_OF_STOCK],
  [ReserveFailureReason.RESERVE_FAILURE_REASON_UNKNOWN_SKU, RejectionReason.REJECTION_REASON_UNKNOWN_SKU],
  [ReserveFailureReason.RESERVE_FAILURE_REASON_PRICE_CHANGED, RejectionReason.REJECTION_REASON_PRICE_CHANGED],
  [
    ReserveFailureReason.RESERVE_FAILURE_REASON_MIXED_CURRENCIES,
    RejectionReason.REJECTION_REASON_MIXED_CURRENCIES,
  ],
  [
    ReserveFailureReason.RESERVE_FAILURE_REASON_TOTAL_OVERFLOW,
    RejectionReason.REJECTION_REASON_TOTAL_OVERFLOW,
  ],
]);

export function onReserveFailed(event: ReserveFailed): NoteReserveFailed | undefined {
  const context = choreographed(event);
  return (
    context && {
      type: 'NoteReserveFailed',
      orderId: context.orderId,
      // That it failed is definite; a reason that only a newer Catalog knows is told by its message.
      reason: reasons.get(event.reason) ?? RejectionReason.REJECTION_REASON_UNSPECIFIED,
      message: event.message,
    }
  );
}

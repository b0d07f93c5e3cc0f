/** Catalog's reason for reserving nothing, as Order tells it. */
import { ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { RejectionReason } from '../../../proto/gen/orderlog/order/v1/types.ts';

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

/** That it failed is definite; a reason that only a newer Catalog knows is told by its message. */
export const rejectionReasonOf = (reason: ReserveFailureReason): RejectionReason =>
  reasons.get(reason) ?? RejectionReason.REJECTION_REASON_UNSPECIFIED;

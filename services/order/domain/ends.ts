/** The events that end an order, and the one that asks for its end. */
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { OrderEvent } from './events.ts';
import type { Cancellation, PlacedOrder } from './state.ts';

/** Reserved and paid, whichever was heard of first. */
export const completed = ({ context }: PlacedOrder, total: Money): OrderEvent => ({
  type: 'OrderCompleted',
  data: { context, total },
});

/** `refunded`: what the customer got back; unset if nothing had been captured. */
export const cancelled = (
  { context }: PlacedOrder,
  { reason, message }: Cancellation,
  refunded?: Money,
): OrderEvent => ({ type: 'OrderCancelled', data: { context, reason, message, refunded } });

/** Payment hears of it, and answers once. */
export const cancellationRequested = (
  { context }: PlacedOrder,
  reason: CancellationReason,
  message: string,
): OrderEvent => ({ type: 'OrderCancellationRequested', data: { context, reason, message } });

export const isSameAmount = (a: Money | undefined, b: Money): boolean =>
  a?.currencyCode === b.currencyCode && a.units === b.units && a.nanos === b.nanos;

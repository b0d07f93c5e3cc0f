/** An order is to be cancelled, or refunded: Payment keeps no money for it. */
import { choreographed } from '../../../platform/policies.ts';
import type { OrderCancellationRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import { cancellationReasonToJSON } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { CancelPayment } from '../domain/commands.ts';

export function onOrderCancellationRequested(event: OrderCancellationRequested): CancelPayment | undefined {
  const context = choreographed(event);
  return context && { type: 'CancelPayment', context, message: messageOf(event) };
}

/** Why, for a person to read. */
export const messageOf = ({
  message,
  reason,
}: Pick<OrderCancellationRequested, 'message' | 'reason'>): string =>
  message || cancellationReasonToJSON(reason);

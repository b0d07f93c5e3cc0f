/** An order's end is asked for: by the customer at any moment, or by its deadline. Payment answers once, and ends it. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { CancelOrder } from './commands.ts';
import { cancellationRequested } from './ends.ts';
import type { OrderEvent } from './events.ts';
import { endedAlready } from './refusals.ts';
import type { PlacedOrder } from './state.ts';

export function cancelOrder({ message }: CancelOrder, order: PlacedOrder): Decision<OrderEvent> {
  const reason = CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST;
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'paid':
    case 'needsReview':
      return accept(cancellationRequested(order, reason, message));
    case 'completed':
      // It stays completed until its money is back. The first wish stands.
      return order.refund ? nothing : accept(cancellationRequested(order, reason, message));
    case 'cancelling':
      return nothing;
    case 'rejected':
    case 'cancelled':
    case 'refunded':
      return refuse(endedAlready(order));
    default:
      order satisfies never;
      return nothing;
  }
}

/** The deadline has passed, and nothing that could end the order is still on its way. */
export function expireOrder(order: PlacedOrder): Decision<OrderEvent> {
  const reason = CancellationReason.CANCELLATION_REASON_TIMED_OUT;
  switch (order.status) {
    case 'pending':
    case 'reserved':
      return accept(cancellationRequested(order, reason, 'it could not end within its deadline'));
    case 'paid':
    case 'needsReview':
      // Money was, or may have been, taken: a deadline undoes no sale.
      return nothing;
    case 'cancelling':
    case 'completed':
    case 'rejected':
    case 'cancelled':
    case 'refunded':
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

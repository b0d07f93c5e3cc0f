/** What Catalog reports: the goods are held, or cannot be. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import type { NoteItemsReserved, NoteReserveFailed } from './commands.ts';
import { completed, isSameAmount } from './ends.ts';
import type { OrderEvent } from './events.ts';
import { amountDiffers, contradiction } from './refusals.ts';
import type { PlacedOrder } from './state.ts';

export function noteItemsReserved(command: NoteItemsReserved, order: PlacedOrder): Decision<OrderEvent> {
  if (order.reservation) return nothing;
  const { context, payment } = order;
  const { total } = command;
  const reserved: OrderEvent = {
    type: 'OrderItemsReserved',
    data: { context, lines: [...command.lines], total },
  };
  switch (order.status) {
    case 'pending':
    case 'reserved':
    case 'needsReview':
      return accept(reserved);
    case 'paid':
      if (!isSameAmount(payment?.amount, total)) return refuse(amountDiffers(order));
      return accept(reserved, completed(order, total));
    case 'rejected':
    case 'completed':
    case 'refunded':
      return refuse(contradiction(order, 'its items are reserved only now'));
    case 'cancelling':
    case 'cancelled':
      // Late news: Catalog releases what it holds when it hears of the cancellation.
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

export function noteReserveFailed(command: NoteReserveFailed, order: PlacedOrder): Decision<OrderEvent> {
  const { context } = order;
  const { reason, message } = command;
  switch (order.status) {
    case 'pending':
      return accept({ type: 'OrderRejected', data: { context, reason, message } });
    case 'rejected':
      return nothing;
    case 'reserved':
    case 'paid':
    case 'needsReview':
    case 'completed':
    case 'refunded':
      return refuse(contradiction(order, 'its items could not be reserved'));
    case 'cancelling':
    case 'cancelled':
      // It ends, or has ended, without a sale anyway.
      return nothing;
    default:
      order satisfies never;
      return nothing;
  }
}

/** The order's decider: what follows from a command, given the order's own history. */
import { type Decider, type Decision, refuse } from '../../../platform/decider.ts';
import { cancelOrder, expireOrder } from './cancelOrder.ts';
import { type OrderCommand, orderIdOf } from './commands.ts';
import type { OrderEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { notePaymentFailed, notePaymentNeedsReview, notePaymentProcessed } from './notePayment.ts';
import { notePaymentRefunded, notePaymentVoided } from './notePaymentUndone.ts';
import { noteItemsReserved, noteReserveFailed } from './noteReservation.ts';
import { placeOrder } from './placeOrder.ts';
import { orderUnknown, orderUnreadable } from './refusals.ts';
import type { OrderState } from './state.ts';

export const orderDecider: Decider<OrderState, OrderCommand, OrderEvent> = { decide, evolve };

function decide(command: OrderCommand, state: OrderState): Decision<OrderEvent> {
  if (state.status === 'unreadable') return refuse(orderUnreadable(state));
  if (command.type === 'PlaceOrder') return placeOrder(command, state);
  if (state.status === 'none') return refuse(orderUnknown(orderIdOf(command)));
  switch (command.type) {
    case 'CancelOrder':
      return cancelOrder(command, state);
    case 'ExpireOrder':
      return expireOrder(state);
    case 'NoteItemsReserved':
      return noteItemsReserved(command, state);
    case 'NoteReserveFailed':
      return noteReserveFailed(command, state);
    case 'NotePaymentProcessed':
      return notePaymentProcessed(command, state);
    case 'NotePaymentFailed':
      return notePaymentFailed(command, state);
    case 'NotePaymentVoided':
      return notePaymentVoided(state);
    case 'NotePaymentRefunded':
      return notePaymentRefunded(command, state);
    case 'NotePaymentNeedsReview':
      return notePaymentNeedsReview(command, state);
    default:
      command satisfies never;
      throw new Error('no such command');
  }
}

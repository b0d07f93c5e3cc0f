/** The order's decider: what follows from a command, given the order's own history. */
import { accept, type Decider, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { cancelOrder, expireOrder } from './cancelOrder.ts';
import { type OrderCommand, type OrderReport, orderIdOf } from './commands.ts';
import type { OrderEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { noteAnotherSaga } from './noteAnotherSaga.ts';
import { notePaymentFailed, notePaymentNeedsReview, notePaymentProcessed } from './notePayment.ts';
import { notePaymentRefunded, notePaymentVoided } from './notePaymentUndone.ts';
import { noteItemsReserved, noteReserveFailed } from './noteReservation.ts';
import { placeOrder } from './placeOrder.ts';
import { orderUnknown, orderUnreadable } from './refusals.ts';
import { requestsAfter } from './requests.ts';
import type { Order, OrderState } from './state.ts';

export const orderDecider: Decider<OrderState, OrderCommand, OrderEvent> = { decide, evolve };

function decide(command: OrderCommand, state: OrderState): Decision<OrderEvent> {
  const decision = decideAlone(command, state);
  return 'refusal' in decision ? decision : accept(...decision.events.flatMap(conducted));
}

/** By orchestration what is asked of the others are events too, right after the one that they follow upon. */
function conducted(event: OrderEvent): readonly OrderEvent[] {
  const isConductor = event.data.context?.mode === SagaMode.SAGA_MODE_ORCHESTRATION;
  return isConductor ? [event, ...requestsAfter(event)] : [event];
}

function decideAlone(command: OrderCommand, state: OrderState): Decision<OrderEvent> {
  if (state.status === 'unreadable') return refuse(orderUnreadable(state));
  switch (command.type) {
    case 'PlaceOrder':
      return placeOrder(command, state);
    case 'CancelOrder':
    case 'ExpireOrder':
      if (state.status === 'none') return refuse(orderUnknown(orderIdOf(command)));
      return command.type === 'CancelOrder' ? cancelOrder(command, state) : expireOrder(state);
    default:
      return decideReport(command, state);
  }
}

function decideReport(command: OrderReport, state: Order): Decision<OrderEvent> {
  if (state.status === 'none') {
    // Whoever drives a saga by rpc may do so without this service.
    return command.mode === SagaMode.SAGA_MODE_DIRECT ? nothing : refuse(orderUnknown(command.orderId));
  }
  if (command.mode !== state.context.mode) return noteAnotherSaga(command, state);
  switch (command.type) {
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
    case 'NoteCallDone':
      return nothing;
    default:
      command satisfies never;
      throw new Error('no such command');
  }
}

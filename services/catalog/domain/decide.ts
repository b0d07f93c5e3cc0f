/** The catalog's decider: what follows from a command, given a reservation and the items it is about. */
import { type Decider, type Decision, refuse } from '../../../platform/decider.ts';
import { type CatalogCommand, isItemCommand, orderIdOf, type ReservationCommand } from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { adjustStock, putItem } from './items.ts';
import { reservationUnknown, reservationUnreadable } from './refusals.ts';
import { reserveItems } from './reserveItems.ts';
import {
  confirmReservation,
  leaveTombstone,
  releaseReservation,
  returnReservation,
} from './settleReservation.ts';
import type { CatalogState } from './state.ts';

export const catalogDecider: Decider<CatalogState, CatalogCommand, CatalogEvent> = { decide, evolve };

function decide(command: CatalogCommand, state: CatalogState): Decision<CatalogEvent> {
  if (!isItemCommand(command)) return decideReservation(command, state);
  const item = state.items.get(command.sku);
  return command.type === 'PutItem' ? putItem(command, item) : adjustStock(command, item);
}

function decideReservation(command: ReservationCommand, state: CatalogState): Decision<CatalogEvent> {
  const { reservation } = state;
  if (reservation.status === 'unreadable') return refuse(reservationUnreadable);
  if (command.type === 'ReserveItems') return reserveItems(command, state);
  if (reservation.status === 'none') {
    return command.type === 'ReleaseReservation'
      ? leaveTombstone(command)
      : refuse(reservationUnknown(orderIdOf(command)));
  }
  switch (command.type) {
    case 'ReleaseReservation':
      return releaseReservation(command, reservation);
    case 'ConfirmReservation':
      return confirmReservation(command, reservation);
    case 'ReturnReservation':
      return returnReservation(command, reservation);
    default:
      command satisfies never;
      throw new Error('no such command');
  }
}

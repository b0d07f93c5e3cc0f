/** ReleaseReservation, ConfirmReservation, ReturnReservation: what becomes of held goods. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import type { ReservedLine } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import type { ReleaseReservation } from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { reservationIs } from './refusals.ts';
import type { HeldReservation, KnownReservation } from './state.ts';

export function releaseReservation(reservation: KnownReservation): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'reserved':
      return accept({ type: 'ReservationReleased', data: held(reservation) });
    case 'failed':
    case 'released':
    case 'returned':
      // Nothing is held.
      return nothing;
    case 'confirmed':
      return refuse(reservationIs(reservation, 'released'));
    default:
      reservation satisfies never;
      return nothing;
  }
}

/** The release came before the reserve, which will find this and hold nothing. */
export const leaveTombstone = ({ context }: ReleaseReservation): Decision<CatalogEvent> =>
  accept({ type: 'ReservationReleased', data: { context, lines: [] } });

export function confirmReservation(reservation: KnownReservation): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'reserved':
      return accept({ type: 'ReservationConfirmed', data: held(reservation) });
    case 'confirmed':
    case 'returned':
      return nothing;
    case 'failed':
    case 'released':
      return refuse(reservationIs(reservation, 'confirmed'));
    default:
      reservation satisfies never;
      return nothing;
  }
}

export function returnReservation(reservation: KnownReservation): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'confirmed':
      return accept({ type: 'ReservationReturned', data: held(reservation) });
    case 'returned':
      return nothing;
    case 'reserved':
    case 'failed':
    case 'released':
      return refuse(reservationIs(reservation, 'returned'));
    default:
      reservation satisfies never;
      return nothing;
  }
}

const held = ({ context, lines }: HeldReservation) => ({
  context,
  lines: lines.map(({ sku, quantity }): ReservedLine => ({ sku, quantity: BigInt(quantity) })),
});

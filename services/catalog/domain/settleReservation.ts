/**
 * ReleaseReservation, ConfirmReservation, ReturnReservation: what becomes of held goods. Only the saga that holds them may
 * say: who calls by rpc cannot know the order's mode, and an order that is driven otherwise would not hear of it.
 */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import type { ReservedLine } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { ConfirmReservation, ReleaseReservation, ReturnReservation } from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { reservationIs, reservationOfOrder } from './refusals.ts';
import type { HeldReservation, KnownReservation } from './state.ts';

export function releaseReservation(
  { context: { mode } }: ReleaseReservation,
  reservation: KnownReservation,
): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'reserved':
      if (isOfAnotherSaga(reservation, mode)) return refuse(reservationOfOrder(reservation, 'released'));
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

export function confirmReservation(
  { mode }: ConfirmReservation,
  reservation: KnownReservation,
): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'reserved':
      if (isOfAnotherSaga(reservation, mode)) return refuse(reservationOfOrder(reservation, 'confirmed'));
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

export function returnReservation(
  { mode }: ReturnReservation,
  reservation: KnownReservation,
): Decision<CatalogEvent> {
  switch (reservation.status) {
    case 'confirmed':
      if (isOfAnotherSaga(reservation, mode)) return refuse(reservationOfOrder(reservation, 'returned'));
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

/** `mode`: of who asks. */
const isOfAnotherSaga = ({ context }: KnownReservation, mode: SagaMode): boolean =>
  mode === SagaMode.SAGA_MODE_DIRECT && context.mode !== SagaMode.SAGA_MODE_DIRECT;

const held = ({ context, lines }: HeldReservation) => ({
  context,
  lines: lines.map(({ sku, quantity }): ReservedLine => ({ sku, quantity: BigInt(quantity) })),
});

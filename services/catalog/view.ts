/** Items and reservations as the contract shows them. */
import { moneyOf } from '../../platform/money.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import {
  type Item as ItemMessage,
  Reservation as ReservationMessage,
} from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { ReservationStatus } from '../../proto/gen/orderlog/catalog/v1/types.ts';
import type { Item, KnownReservation } from './domain/state.ts';

const statuses: Readonly<Record<KnownReservation['status'], ReservationStatus>> = {
  reserved: ReservationStatus.RESERVATION_STATUS_RESERVED,
  failed: ReservationStatus.RESERVATION_STATUS_FAILED,
  released: ReservationStatus.RESERVATION_STATUS_RELEASED,
  confirmed: ReservationStatus.RESERVATION_STATUS_CONFIRMED,
  returned: ReservationStatus.RESERVATION_STATUS_RETURNED,
};

export function itemMessage({ state, version }: Versioned<Item>): ItemMessage {
  const { sku, name, price, onHand, reserved } = state;
  return { sku, name, unitPrice: moneyOf(price), onHand, reserved, available: onHand - reserved, version };
}

export function reservationMessage({ state, version }: Versioned<KnownReservation>): ReservationMessage {
  const { context, status, total } = state;
  return ReservationMessage.fromPartial({
    orderId: context.orderId,
    status: statuses[status],
    total,
    version,
    ...(state.status === 'failed'
      ? { failureReason: state.reason, message: state.message, shortages: [...state.shortages] }
      : { lines: [...state.lines] }),
  });
}

/** Items and reservations as rows of their tables, and back. */
import { amountOf, moneyOf } from '../../platform/money.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import { type ReserveFailureReason, Shortage } from '../../proto/gen/orderlog/catalog/v1/types.ts';
import { PricedLine } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaContext } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Item, KnownReservation, Reservation } from './domain/state.ts';

export interface ItemRow {
  sku: string;
  name: string;
  currency: string;
  price_minor: bigint;
  on_hand: bigint;
  reserved: bigint;
}

export const toItemRow = ({ sku, name, price, onHand, reserved }: Item): ItemRow => ({
  sku,
  name,
  currency: price.currency,
  price_minor: price.minor,
  on_hand: onHand,
  reserved,
});

export const fromItemRow = ({ sku, name, currency, price_minor, on_hand, reserved }: ItemRow): Item => ({
  sku,
  name,
  price: { currency, minor: price_minor },
  onHand: on_hand,
  reserved,
});

export interface ReservationRow {
  order_id: string;
  status: string;
  lines: readonly unknown[];
  currency: string | null;
  total_minor: bigint | null;
  failure_reason: number | null;
  message: string | null;
  shortages: readonly unknown[];
  context: Uint8Array;
}

export function toReservationRow(reservation: KnownReservation): ReservationRow {
  const { status, context } = reservation;
  const total = reservation.total && amountOf(reservation.total, 'total');
  const failure = reservation.status === 'failed' ? reservation : undefined;
  return {
    order_id: context.orderId,
    status,
    lines: 'lines' in reservation ? reservation.lines.map(PricedLine.toJSON) : [],
    currency: total?.currency ?? null,
    total_minor: total?.minor ?? null,
    failure_reason: failure?.reason ?? null,
    message: failure?.message ?? null,
    shortages: failure?.shortages.map(Shortage.toJSON) ?? [],
    context: SagaContext.encode(context).finish(),
  };
}

/** `unreadable`: a newer version has written the row. */
export function fromReservationRow(row: ReservationRow): Reservation {
  const context = SagaContext.decode(row.context);
  const total = totalIn(row);
  switch (row.status) {
    case 'reserved':
    case 'released':
    case 'confirmed':
    case 'returned':
      return { status: row.status, context, lines: row.lines.map(PricedLine.fromJSON), total };
    case 'failed': {
      const reason = (row.failure_reason ?? 0) as ReserveFailureReason;
      const shortages = row.shortages.map(Shortage.fromJSON);
      return { status: row.status, context, reason, message: row.message ?? '', shortages, total };
    }
    default:
      return { status: 'unreadable' };
  }
}

const totalIn = ({ currency, total_minor: minor }: ReservationRow): Money | undefined =>
  currency !== null && minor !== null ? moneyOf({ currency, minor }) : undefined;

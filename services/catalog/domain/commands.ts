/** What may be asked of items and reservations. An order has one reservation. */
import type { Amount } from '../../../platform/money.ts';
import type { OrderLine } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { SagaContext, SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

/** Add an item, or change the name and price of one. */
export interface PutItem {
  readonly type: 'PutItem';
  readonly sku: string;
  readonly name: string;
  readonly price: Amount;
  /** Pieces; counts only where the item is new. */
  readonly initialOnHand: bigint;
}

export interface AdjustStock {
  readonly type: 'AdjustStock';
  readonly sku: string;
  /** Pieces to add; negative to take away. */
  readonly delta: bigint;
  /** For a person to read. */
  readonly reason: string;
}

/** Hold the goods of an order, all or nothing. */
export interface ReserveItems {
  readonly type: 'ReserveItems';
  readonly context: SagaContext;
  readonly lines: readonly OrderLine[];
}

/** Void an order's reservation, or see to it that none will be made. */
export interface ReleaseReservation {
  readonly type: 'ReleaseReservation';
  /** Of the saga that asks, and of the tombstone where nothing was reserved yet. */
  readonly context: SagaContext;
}

/** Take the reserved goods off the shelf. */
export interface ConfirmReservation {
  readonly type: 'ConfirmReservation';
  readonly orderId: string;
  /** Of the saga that asks. */
  readonly mode: SagaMode;
}

/** Put sold goods back, after a refund. */
export interface ReturnReservation {
  readonly type: 'ReturnReservation';
  readonly orderId: string;
  /** Of the saga that asks. */
  readonly mode: SagaMode;
}

export type ItemCommand = PutItem | AdjustStock;
export type ReservationCommand = ReserveItems | ReleaseReservation | ConfirmReservation | ReturnReservation;
export type CatalogCommand = ItemCommand | ReservationCommand;

export const isItemCommand = (command: CatalogCommand): command is ItemCommand =>
  command.type === 'PutItem' || command.type === 'AdjustStock';

export const orderIdOf = (command: ReservationCommand): string =>
  'context' in command ? command.context.orderId : command.orderId;

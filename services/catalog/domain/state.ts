/**
 * What a command on the catalog is decided over: one order's reservation, and the items it is about.
 *
 * Pieces are bigint. A reservation keeps its amounts as they stand in its events, since after the reserve decision nobody
 * computes with them.
 */
import type { Amount } from '../../../platform/money.ts';
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type { ReserveFailureReason, Shortage } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import type { PricedLine } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly price: Amount;
  /** Pieces on the shelf. */
  readonly onHand: bigint;
  /** Pieces of those that are held for orders: the sum of open reservations. */
  readonly reserved: bigint;
}

/** Goods that are, or once were, held. Without lines: a tombstone, the release came before any reserve. */
export interface HeldReservation {
  readonly status: 'reserved' | 'released' | 'confirmed' | 'returned';
  readonly context: SagaContext;
  /** One line a SKU. */
  readonly lines: readonly PricedLine[];
  readonly total: Money | undefined;
}

export interface FailedReservation {
  readonly status: 'failed';
  readonly context: SagaContext;
  readonly reason: ReserveFailureReason;
  readonly message: string;
  readonly shortages: readonly Shortage[];
  /** The priced total, where it differs from the expected one. */
  readonly total: Money | undefined;
}

export type KnownReservation = HeldReservation | FailedReservation;

/** All but `reserved` are final. `unreadable`: a newer version has written the row. */
export type Reservation = { readonly status: 'none' } | KnownReservation | { readonly status: 'unreadable' };

export interface CatalogState {
  readonly reservation: Reservation;
  /** By SKU; a SKU that Catalog does not know is left out. */
  readonly items: ReadonlyMap<string, Item>;
}

export const noReservation: Reservation = { status: 'none' };

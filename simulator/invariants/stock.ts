/** 1, 2: pieces on hand and reserved are what events and open reservations say. */
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import type { ItemRow, ReservationRow } from '../../services/catalog/rows.ts';
import { tableOf } from '../store.ts';
import { Violation } from '../violation.ts';
import type { World } from '../world.ts';

export function auditStock(world: World): void {
  const { store, parts } = world.services.catalog;
  const reservations = [...tableOf(store, 'reservations').values()] as ReservationRow[];
  const delivered = new Map<string, bigint>();
  for (const { type, payload } of store.events) {
    const event = parts.model.codec.decode(type, payload) as CatalogEvent | undefined;
    if (event?.type === 'ItemPut') add(delivered, event.data.sku, event.data.initialOnHand);
    if (event?.type === 'StockAdjusted') add(delivered, event.data.sku, event.data.delta);
  }
  for (const { sku, on_hand: onHand, reserved } of tableOf(store, 'items').values() as Iterable<ItemRow>) {
    const open = piecesIn(reservations, 'reserved', sku);
    const sold = piecesIn(reservations, 'confirmed', sku);
    const brought = delivered.get(sku) ?? 0n;
    if (reserved !== open)
      throw new Violation(1, `${reserved} ${sku} are reserved, and open reservations hold ${open}`);
    if (onHand !== brought - sold) {
      throw new Violation(1, `${onHand} ${sku} are on hand: ${brought} came in, and ${sold} went out`);
    }
    if (open !== 0n) throw new Violation(2, `${open} ${sku} are still held, and no order is under way`);
  }
}

const add = (sums: Map<string, bigint>, sku: string, pieces: bigint) =>
  sums.set(sku, (sums.get(sku) ?? 0n) + pieces);

const piecesIn = (reservations: readonly ReservationRow[], status: string, sku: string): bigint =>
  reservations
    .filter((reservation) => reservation.status === status)
    .flatMap(({ lines }) => lines as readonly { readonly sku: string; readonly quantity: number }[])
    .filter((line) => line.sku === sku)
    .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);

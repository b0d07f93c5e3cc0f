/**
 * The Catalog service's write side: reservations and items, locked in this order.
 *
 * Reserving names its SKUs; releasing, confirming and returning find them in the reservation, which tells the rows that
 * are locked next (linkedKeysOf).
 */
import type { RowKey, WriteModel } from '../../platform/writeModel.ts';
import { type CatalogCommand, isItemCommand, orderIdOf } from './domain/commands.ts';
import { catalogDecider } from './domain/decide.ts';
import { type CatalogEvent, catalogEvents } from './domain/events.ts';
import { type CatalogState, type Item, noReservation, type Reservation } from './domain/state.ts';
import { itemsTable, reservationsTable } from './store.ts';

type Row = (key: RowKey) => unknown;

/** The stream of a reservation's events. */
export const reservationStream = (orderId: string): string => `reservation/${orderId}`;

const itemRow = (sku: string): RowKey => ({ table: itemsTable.name, key: sku });
const reservationRow = (orderId: string): RowKey => ({ table: reservationsTable.name, key: orderId });
const distinct = (lines: readonly { readonly sku: string }[]) => [...new Set(lines.map(({ sku }) => sku))];

function keysOf(command: CatalogCommand): readonly RowKey[] {
  if (isItemCommand(command)) return [itemRow(command.sku)];
  const reservation = reservationRow(orderIdOf(command));
  return command.type === 'ReserveItems'
    ? [reservation, ...distinct(command.lines).map(itemRow)]
    : [reservation];
}

/** The items of the goods that are held, or were sold. */
function linkedKeysOf(command: CatalogCommand, row: Row): readonly RowKey[] {
  if (isItemCommand(command) || command.type === 'ReserveItems') return [];
  const reservation = row(reservationRow(orderIdOf(command))) as Reservation;
  return 'lines' in reservation ? distinct(reservation.lines).map(itemRow) : [];
}

function assemble(row: Row, command: CatalogCommand): CatalogState {
  const keys = [...keysOf(command), ...linkedKeysOf(command, row)];
  const items = new Map<string, Item>();
  for (const key of keys.filter(({ table }) => table === itemsTable.name)) {
    const item = row(key) as Item | undefined;
    if (item) items.set(key.key, item);
  }
  const reservation = isItemCommand(command)
    ? noReservation
    : (row(reservationRow(orderIdOf(command))) as Reservation);
  return { reservation, items };
}

export const catalogModel: WriteModel<CatalogState, CatalogCommand, CatalogEvent> = {
  service: 'catalog',
  codec: catalogEvents,
  decider: catalogDecider,
  tables: [reservationsTable, itemsTable],
  keysOf,
  linkedKeysOf,
  assemble,
  pick: ({ reservation, items }, { table, key }) =>
    table === itemsTable.name ? items.get(key) : reservation,
  address({ type, data }) {
    if (type === 'ItemPut' || type === 'StockAdjusted') {
      return { ...itemRow(data.sku), streamId: `item/${data.sku}`, partitionKey: data.sku };
    }
    const orderId = data.context?.orderId ?? '';
    return { ...reservationRow(orderId), streamId: reservationStream(orderId), partitionKey: orderId };
  },
  tasksOf: () => [],
};

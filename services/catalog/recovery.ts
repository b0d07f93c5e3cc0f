/** How items and reservations are folded from events that come back from the log (platform/recovery). */
import type { Replayable } from '../../platform/recovery/replay.ts';
import type { RowKey } from '../../platform/writeModel.ts';
import type { CatalogCommand } from './domain/commands.ts';
import type { CatalogEvent } from './domain/events.ts';
import { type CatalogState, type Item, noReservation, type Reservation } from './domain/state.ts';
import { catalogModel } from './model.ts';
import { itemsTable, reservationsTable } from './store.ts';

const isItem = ({ table }: RowKey): boolean => table === itemsTable.name;

/** The items of the goods that are held, let go, sold or put back. */
function otherRowsOf({ data }: CatalogEvent): readonly RowKey[] {
  if (!('lines' in data)) return [];
  return [...new Set(data.lines.map(({ sku }) => sku))].map((key) => ({ table: itemsTable.name, key }));
}

function assemble(row: (key: RowKey) => unknown, event: CatalogEvent): CatalogState {
  const own = catalogModel.address(event);
  const items = new Map<string, Item>();
  for (const key of [own, ...otherRowsOf(event)].filter(isItem)) {
    const item = row(key) as Item | undefined;
    if (item) items.set(key.key, item);
  }
  const reservation = own.table === reservationsTable.name ? (row(own) as Reservation) : noReservation;
  return { reservation, items };
}

export const catalogReplay: Replayable<CatalogState, CatalogCommand, CatalogEvent> = {
  model: catalogModel,
  replay: { otherRowsOf, assemble, settledTasksOf: () => [] },
};

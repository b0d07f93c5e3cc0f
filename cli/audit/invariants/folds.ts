/**
 * Stored state is the fold of the events: of every reservation and payment, of what an item is called and costs, and of every
 * order whose row holds its state (ORDERLOG_ORDER_STORE=state).
 */
import type { EventMeta } from '../../../platform/decider.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { AnyEvent, EventCodec, StoredEvent } from '../../../platform/events.ts';
import type { AggregateTable, Versioned } from '../../../platform/writeModel.ts';
import { type CatalogEvent, catalogEvents } from '../../../services/catalog/domain/events.ts';
import { evolve as evolveCatalog } from '../../../services/catalog/domain/evolve.ts';
import { type CatalogState, type Item, noReservation } from '../../../services/catalog/domain/state.ts';
import { itemsTable, reservationsTable } from '../../../services/catalog/store.ts';
import { orderEvents } from '../../../services/order/domain/events.ts';
import { evolve as evolveOrder } from '../../../services/order/domain/evolve.ts';
import { orderTables, readStoredStates } from '../../../services/order/store.ts';
import { paymentEvents } from '../../../services/payment/domain/events.ts';
import { evolvePayment } from '../../../services/payment/domain/evolve.ts';
import { paymentsTable } from '../../../services/payment/store.ts';
import { differences } from '../canonical.ts';
import type { Invariant, Report } from '../invariant.ts';
import { readAhead } from '../readAhead.ts';
import { countOf, keyPages, type Snapshot } from '../snapshot.ts';

/** A table whose rows are folds of events. */
interface Folded<S, E extends AnyEvent> {
  readonly table: AggregateTable<S>;
  readonly column: string;
  streamOf(key: string): string;
  readonly codec: EventCodec<E>;
  evolve(state: S, event: E, meta: EventMeta): S;
  /** The part of the state that the aggregate's own events tell; unset: all of it. */
  told?(state: S): unknown;
}

const items: Folded<Item | undefined, CatalogEvent> = {
  table: itemsTable,
  column: 'sku',
  streamOf: (sku) => `item/${sku}`,
  codec: catalogEvents,
  evolve: (item, event) => {
    const before: CatalogState = { ...nothing, items: new Map(item && [[item.sku, item]]) };
    return [...evolveCatalog(before, event).items.values()][0];
  },
  // What the shelf holds is the doing of reservations as well: `stock` looks at that.
  told: (item) => item && { sku: item.sku, name: item.name, price: item.price },
};

const nothing: CatalogState = { reservation: noReservation, items: new Map() };

const reservations: Folded<CatalogState['reservation'], CatalogEvent> = {
  table: reservationsTable,
  column: 'order_id',
  streamOf: (orderId) => `reservation/${orderId}`,
  codec: catalogEvents,
  evolve: (reservation, event) => evolveCatalog({ ...nothing, reservation }, event).reservation,
};

const payments = {
  table: paymentsTable,
  column: 'payment_id',
  streamOf: (paymentId: string) => paymentId,
  codec: paymentEvents,
  evolve: evolvePayment,
};

const orders = {
  // Not as the service reads it, which folds what a row does not hold: those are left out.
  table: { ...orderTables.state, read: readStoredStates },
  column: 'order_id',
  streamOf: (orderId: string) => orderId,
  codec: orderEvents,
  evolve: evolveOrder,
};

const NOT_THE_FOLD = 'its row is not the fold of its events';

export const folds: Invariant = {
  name: 'folds',
  promise: 'stored state is the fold of the events',
  // Row and events are of one snapshot, and versions go on.
  lasting: [NOT_THE_FOLD],
  async check({ databases }, report) {
    await checkTable(databases.order, orders, report);
    await checkTable(databases.catalog, items, report);
    await checkTable(databases.catalog, reservations, report);
    await checkTable(databases.payment, payments, report);
  },
};

async function checkTable<S, E extends AnyEvent>(
  snapshot: Snapshot,
  folded: Folded<S, E>,
  report: Report,
): Promise<void> {
  const { table, column } = folded;
  const total = await countOf(snapshot, table.name);
  let done = 0;
  async function* pages() {
    for await (const keys of keyPages(snapshot, table.name, column)) {
      const rows = await table.read(snapshot.tx, keys);
      const streams = await readStreams(snapshot.tx, keys.map(folded.streamOf));
      yield { keys, rows, streams };
    }
  }
  for await (const { keys, rows, streams } of readAhead(pages())) {
    for (const key of keys) {
      const row = rows.get(key);
      if (row) checkRow(key, folded, row, streams.get(folded.streamOf(key)) ?? [], report);
    }
    done += keys.length;
    report.progress(done, total);
  }
}

function checkRow<S, E extends AnyEvent>(
  key: string,
  folded: Folded<S, E>,
  { state, version }: Versioned<S>,
  events: readonly StoredEvent[],
  report: Report,
): void {
  const { table, told = (whole: S) => whole } = folded;
  const subject = `${table.name} ${key}`;
  if (events.length === 0) {
    report.violation(subject, 'there is a row and no event', { version });
    return;
  }
  const fold = foldOf(key, folded, events);
  // Of a newer version, or no message at all: `history` tells which.
  if (!fold) return;
  const differing = differences(told(state), told(fold.state));
  if (Object.keys(differing).length === 0) return;
  report.violation(subject, NOT_THE_FOLD, { version, ...differing });
}

/** undefined: an event cannot be read. */
function foldOf<S, E extends AnyEvent>(
  key: string,
  { table, codec, evolve }: Folded<S, E>,
  events: readonly StoredEvent[],
): { readonly state: S } | undefined {
  let state = table.initial(key);
  for (const stored of events) {
    const event = decoded(codec, stored);
    if (!event) return undefined;
    state = evolve(state, event, stored);
  }
  return { state };
}

function decoded<E extends AnyEvent>(codec: EventCodec<E>, { type, payload }: StoredEvent): E | undefined {
  try {
    return codec.decode(type, payload);
  } catch {
    return undefined;
  }
}

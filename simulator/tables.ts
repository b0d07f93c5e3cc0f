/**
 * The services' tables in memory, through the very functions that make rows of states and back: what a row does not keep is
 * lost here as well. Orders are folded from their events' bytes, as in services/order/store.ts.
 */
import type { RowWrite, Versioned } from '../platform/writeModel.ts';
import type { Item, Reservation } from '../services/catalog/domain/state.ts';
import {
  fromItemRow,
  fromReservationRow,
  type ItemRow,
  type ReservationRow,
  toItemRow,
  toReservationRow,
} from '../services/catalog/rows.ts';
import { foldHistory } from '../services/order/domain/history.ts';
import type { KnownPayment } from '../services/payment/domain/state.ts';
import { fromRow, type PaymentRow, toRow } from '../services/payment/rows.ts';
import { type Store, tableOf } from './store.ts';
import { Violation } from './violation.ts';

interface MemoryTable {
  /** undefined: there is no such row. */
  read(store: Store, key: string): Versioned<unknown> | undefined;
  insert(store: Store, write: RowWrite<unknown>): void;
  update(store: Store, write: RowWrite<unknown>): void;
}

type Stored<R> = R & { readonly version: number };

/** A table whose rows are made by `toRow`, of which an update leaves the columns of `kept` as they were. */
function rowTable<R extends object>(
  name: string,
  encode: (state: never) => R,
  decode: (row: R) => unknown,
  kept: readonly (keyof R)[],
): MemoryTable {
  const rowsOf = (store: Store) => tableOf(store, name) as Map<string, Stored<R>>;
  return {
    read(store, key) {
      const row = rowsOf(store).get(key);
      return row && { state: decode(row), version: row.version };
    },
    insert(store, { key, state, version }) {
      rowsOf(store).set(key, { ...encode(state as never), version });
    },
    update(store, { key, state, version }) {
      const row = rowsOf(store).get(key);
      const unchanged = Object.fromEntries(kept.map((column) => [column, row?.[column]]));
      rowsOf(store).set(key, { ...encode(state as never), ...unchanged, version });
    },
  };
}

const orders: MemoryTable = {
  read(store, key) {
    const events = store.streams.get(key);
    return events && { state: foldHistory(events), version: events.length };
  },
  insert: (store, { key, version }) => tableOf(store, 'orders').set(key, { version }),
  update: (store, { key, version }) => tableOf(store, 'orders').set(key, { version }),
};

const payments = rowTable<PaymentRow>('payments', (state: KnownPayment) => toRow(state), fromRow, [
  'order_id',
  'customer_id',
  'created_at',
]);

const reservations = rowTable<ReservationRow>(
  'reservations',
  (state: Exclude<Reservation, { status: 'none' | 'unreadable' }>) => toReservationRow(state),
  fromReservationRow,
  ['order_id', 'lines', 'currency', 'total_minor', 'failure_reason', 'message', 'shortages', 'context'],
);

const items = rowTable<ItemRow>('items', (state: Item) => checked(toItemRow(state)), fromItemRow, ['sku']);

/** The table's own constraint. */
function checked(row: ItemRow): ItemRow {
  const { sku, on_hand, reserved } = row;
  if (0n <= reserved && reserved <= on_hand) return row;
  throw new Violation(1, `${sku} would have ${on_hand} on hand, ${reserved} of them reserved`);
}

/** As in platform/untouchedTasks.ts: nothing is written through it. */
const tasks: MemoryTable = {
  read(store, key) {
    const task = store.tasks.get(key);
    return task && { state: task.attempts === 0, version: 1 };
  },
  insert: () => undefined,
  update: () => undefined,
};

const tables: Readonly<Record<string, MemoryTable>> = { orders, payments, reservations, items, tasks };

export function memoryTable(name: string): MemoryTable {
  const table = tables[name];
  if (!table) throw new Error(`the simulator has no table ${name}: add it to tables.ts`);
  return table;
}

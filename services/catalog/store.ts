/**
 * Items and reservations in PostgreSQL. An item's version counts the item's own events: reserving changes its row and is
 * no event of it.
 */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { lockBy } from '../../platform/lockedRows.ts';
import type { AggregateTable, RowWrite, Versioned } from '../../platform/writeModel.ts';
import { type Item, noReservation, type Reservation } from './domain/state.ts';
import {
  fromItemRow,
  fromReservationRow,
  type ItemRow,
  type ReservationRow,
  toItemRow,
  toReservationRow,
} from './rows.ts';

type Stored<R> = R & { version: number };

const itemColumns = sql`sku, name, currency, price_minor, on_hand, reserved, version`;
const itemOf = (row: Stored<ItemRow>) => ({ state: fromItemRow(row), version: row.version });

/** undefined: a SKU that Catalog does not know. */
export const itemsTable: AggregateTable<Item | undefined> = {
  name: 'items',
  initial: () => undefined,
  lock: lockBy('items', 'sku', 'text'),
  async read(tx, keys) {
    const { rows } = await sql<Stored<ItemRow>>`
      select ${itemColumns} from items where sku = any(${keys}::text[])`.execute(tx);
    return new Map(rows.map((row) => [row.sku, itemOf(row)]));
  },
  async insert(tx, rows) {
    await sql`insert into items (${itemColumns}) select * from ${givenItems(rows)}`.execute(tx);
  },
  async update(tx, rows) {
    await sql`update items i set name = g.name, currency = g.currency, price_minor = g.price_minor,
        on_hand = g.on_hand, reserved = g.reserved, version = g.version
      from ${givenItems(rows)} where i.sku = g.sku`.execute(tx);
  },
};

function givenItems(writes: readonly RowWrite<Item | undefined>[]) {
  const rows = writes.map(({ key, state, version }) => {
    if (!state) throw new Error(`item ${key} has nothing to be written`);
    return { ...toItemRow(state), version };
  });
  return sql`unnest(
    ${rows.map((row) => row.sku)}::text[],
    ${rows.map((row) => row.name)}::text[],
    ${rows.map((row) => row.currency)}::text[],
    ${rows.map((row) => row.price_minor)}::bigint[],
    ${rows.map((row) => row.on_hand)}::bigint[],
    ${rows.map((row) => row.reserved)}::bigint[],
    ${rows.map((row) => row.version)}::integer[]) as g(${itemColumns})`;
}

/** At most `limit` items with SKUs after `afterSku`, in the order of their bytes. '': from the first. */
export async function listItems(
  tx: Tx,
  afterSku: string,
  limit: number,
): Promise<readonly Versioned<Item>[]> {
  const { rows } = await sql<Stored<ItemRow>>`
    select ${itemColumns} from items where sku > ${afterSku} order by sku limit ${limit}`.execute(tx);
  return rows.map(itemOf);
}

const reservationColumns = sql`order_id, status, lines, currency, total_minor, failure_reason, message, shortages,
  context, version`;

export const reservationsTable: AggregateTable<Reservation> = {
  name: 'reservations',
  initial: () => noReservation,
  lock: lockBy('reservations', 'order_id', 'uuid'),
  async read(tx, keys) {
    const { rows } = await sql<Stored<ReservationRow>>`
      select ${reservationColumns} from reservations where order_id = any(${keys}::uuid[])`.execute(tx);
    return new Map(
      rows.map((row) => [row.order_id, { state: fromReservationRow(row), version: row.version }]),
    );
  },
  async insert(tx, rows) {
    await sql`insert into reservations (${reservationColumns}) select * from ${givenReservations(rows)}`.execute(
      tx,
    );
  },
  async update(tx, rows) {
    // What was reserved, or why it failed, never changes.
    await sql`update reservations r set status = g.status, version = g.version
      from ${givenReservations(rows)} where r.order_id = g.order_id`.execute(tx);
  },
};

function givenReservations(writes: readonly RowWrite<Reservation>[]) {
  const rows = writes.map(({ key, state, version }) => {
    if (state.status === 'none' || state.status === 'unreadable') {
      throw new Error(`reservation ${key} is ${state.status} and cannot be written`);
    }
    return { ...toReservationRow(state), version };
  });
  return sql`unnest(
    ${rows.map((row) => row.order_id)}::uuid[],
    ${rows.map((row) => row.status)}::text[],
    ${rows.map((row) => JSON.stringify(row.lines))}::jsonb[],
    ${rows.map((row) => row.currency)}::text[],
    ${rows.map((row) => row.total_minor)}::bigint[],
    ${rows.map((row) => row.failure_reason)}::smallint[],
    ${rows.map((row) => row.message)}::text[],
    ${rows.map((row) => JSON.stringify(row.shortages))}::jsonb[],
    ${rows.map((row) => row.context)}::bytea[],
    ${rows.map((row) => row.version)}::integer[]) as g(${reservationColumns})`;
}

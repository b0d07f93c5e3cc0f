/**
 * Orders in PostgreSQL, in one of two ways (ORDERLOG_ORDER_STORE): `events`, where the state is the fold of the order's
 * events and its row is what writers lock; `state`, where the row holds the state too and is what is read. Events, outbox
 * and deciders are the same in both, so that a database may change from one to the other at any start, and even have
 * replicas of both: a row's state counts only at the row's own version (docs/decisions/0011-stores-and-reads.md).
 */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { readStreams } from '../../platform/eventStore.ts';
import { lockBy } from '../../platform/lockedRows.ts';
import type { AggregateTable, RowWrite, Versioned } from '../../platform/writeModel.ts';
import { foldHistory } from './domain/history.ts';
import { initialOrder, isStatus, type OrderState, type PlacedOrder } from './domain/state.ts';
import { STATE_SHAPE, stateBytes, stateIn } from './stateBytes.ts';

export const ORDER_STORES = ['events', 'state'] as const;
export type OrderStore = (typeof ORDER_STORES)[number];

function placed({ key, state }: RowWrite<OrderState>): PlacedOrder {
  if (state.status === 'none' || state.status === 'unreadable') {
    throw new Error(`order ${key} is ${state.status} and cannot be written`);
  }
  return state;
}

/** As `g(order_id, version, customer_id, created_at)`. */
const heads = (rows: readonly RowWrite<OrderState>[]) => sql`unnest(
  ${rows.map(({ key }) => key)}::uuid[],
  ${rows.map(({ version }) => version)}::integer[],
  ${rows.map((row) => placed(row).context.customerId)}::text[],
  ${rows.map((row) => placed(row).createdAt)}::timestamptz[])`;

/** As `g(order_id, version, customer_id, created_at, status, state)`. */
const states = (rows: readonly RowWrite<OrderState>[]) => sql`unnest(
  ${rows.map(({ key }) => key)}::uuid[],
  ${rows.map(({ version }) => version)}::integer[],
  ${rows.map((row) => placed(row).context.customerId)}::text[],
  ${rows.map((row) => placed(row).createdAt)}::timestamptz[],
  ${rows.map((row) => placed(row).status)}::text[],
  ${rows.map((row) => stateBytes(placed(row)))}::bytea[])`;

/** The fold. */
const foldedOrders: AggregateTable<OrderState> = {
  name: 'orders',
  initial: () => initialOrder,
  lock: lockBy('orders', 'order_id', 'uuid'),
  async read(tx, keys) {
    const streams = await readStreams(tx, keys);
    return new Map(
      [...streams].map(([orderId, events]) => [
        orderId,
        { state: foldHistory(events), version: events.at(-1)?.version ?? 0 },
      ]),
    );
  },
  async insert(tx, rows) {
    await sql`insert into orders (order_id, version, customer_id, created_at) select * from ${heads(rows)}`.execute(
      tx,
    );
  },
  async update(tx, rows) {
    await sql`update orders o set version = g.version from ${heads(rows)} as g(order_id, version)
      where o.order_id = g.order_id`.execute(tx);
  },
};

interface OrderRow {
  order_id: string;
  version: number;
  status: string | null;
  /** Null unless it is that of the row's version, in this shape. */
  state: Buffer | null;
}

async function readRows(tx: Tx, keys: readonly string[]): Promise<readonly OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select order_id, version, status, case when ${holdsState} then state end as state from orders
    where order_id = any(${keys}::uuid[])`.execute(tx);
  return rows;
}

/** A row's state is that of the row's version, and in this shape. */
export const holdsState = sql`(state_version = version and state_shape = ${STATE_SHAPE}) is true`;

/** The states that rows hold; rows that hold none are left out. */
export const readStoredStates = async (
  tx: Tx,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Versioned<OrderState>>> => new Map((await readRows(tx, keys)).flatMap(held));

function held({ order_id, version, status, state }: OrderRow): [string, Versioned<OrderState>][] {
  // A newer version's status is not guessed at: the fold tells which event cannot be read.
  if (state === null || status === null || !isStatus(status)) return [];
  return [[order_id, { state: stateIn(state), version }]];
}

/** The row. One that the other store wrote last is folded, until it is written here again (or completeRows.ts does). */
const storedOrders: AggregateTable<OrderState> = {
  ...foldedOrders,
  async read(tx, keys) {
    const rows = await readRows(tx, keys);
    const stored = new Map(rows.flatMap(held));
    const others = rows.flatMap(({ order_id }) => (stored.has(order_id) ? [] : [order_id]));
    return others.length === 0 ? stored : new Map([...stored, ...(await foldedOrders.read(tx, others))]);
  },
  async insert(tx, rows) {
    await sql`
      insert into orders (order_id, version, customer_id, created_at, status, state, state_version, state_shape)
      select g.*, g.version, ${STATE_SHAPE}::smallint
      from ${states(rows)} as g(order_id, version, customer_id, created_at, status, state)`.execute(tx);
  },
  async update(tx, rows) {
    await sql`
      update orders o set version = g.version, status = g.status, state = g.state,
        state_version = g.version, state_shape = ${STATE_SHAPE}::smallint
      from ${states(rows)} as g(order_id, version, customer_id, created_at, status, state)
      where o.order_id = g.order_id`.execute(tx);
  },
};

export const orderTables: Readonly<Record<OrderStore, AggregateTable<OrderState>>> = {
  events: foldedOrders,
  state: storedOrders,
};

/**
 * Brings the rows of `orders` up to what the chosen store reads in them, before the service serves: customer and time of
 * rows that were written before those columns were, and, for the store `state`, the states of rows that the other store, or
 * a version with another shape, wrote last. All of it follows from the events, so that it may be broken off and begun again,
 * on several replicas at once, at any time.
 */
import { sql } from 'kysely';
import { type Database, type Transaction, type Tx, transact } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import type { OrderState } from './domain/state.ts';
import { holdsState, type OrderStore, orderTables } from './store.ts';

const CHUNK_ROWS = 500;
const TELL_EVERY_MS = 2_000;

/** Returns how many rows were written. Throws what the database throws. */
export async function completeRows(
  db: Database,
  store: OrderStore,
  logger: Logger,
  signal: AbortSignal,
): Promise<number> {
  const lacking = store === 'state' ? sql`created_at is null or not ${holdsState}` : sql`created_at is null`;
  const total = await countRows(db, lacking);
  let [done, toldAtMs] = [0, performance.now()];
  for (let after: string | undefined; total > 0 && !signal.aborted; ) {
    const chunk = await transact(db, (tx) => completeChunk(tx, store, lacking, after));
    if (chunk.length === 0) break;
    done += chunk.length;
    after = chunk.at(-1);
    if (performance.now() - toldAtMs < TELL_EVERY_MS) continue;
    toldAtMs = performance.now();
    logger.info({ store, done, total }, 'bringing the rows of orders up to the store');
  }
  if (done > 0) logger.info({ store, rows: done }, 'the rows of orders are what the store reads');
  return done;
}

async function countRows(db: Database, which: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`select count(*) as n from orders where ${which}`.execute(db);
  return Number(rows[0]?.n ?? 0n);
}

/** The next rows after an id, in the order of ids; returns theirs. */
async function completeChunk(
  tx: Transaction,
  store: OrderStore,
  lacking: ReturnType<typeof sql>,
  after: string | undefined,
): Promise<readonly string[]> {
  const beyond = after === undefined ? sql`true` : sql`order_id > ${after}::uuid`;
  const { rows } = await sql<{ order_id: string }>`
    select order_id from orders where ${beyond} and (${lacking})
    order by order_id limit ${CHUNK_ROWS} for update`.execute(tx);
  const keys = rows.map(({ order_id }) => order_id);
  if (keys.length === 0) return [];
  const folded = await orderTables.events.read(tx, keys);
  await fillHeads(tx, folded);
  // With an event of a newer version an order is read as far as it is understood, and no state of it is written.
  const states = [...folded].flatMap(([key, { state, version }]) =>
    state.status === 'unreadable' ? [] : [{ key, state, version }],
  );
  if (store === 'state' && states.length > 0) await orderTables.state.update(tx, states);
  return keys;
}

async function fillHeads(tx: Tx, folded: ReadonlyMap<string, Versioned<OrderState>>): Promise<void> {
  const orders = [...folded.values()].flatMap(({ state }) => {
    const order = state.status === 'unreadable' ? state.order : state;
    return order.status === 'none' ? [] : [order];
  });
  const heads = sql`unnest(${orders.map(({ context }) => context.orderId)}::uuid[],
    ${orders.map(({ context }) => context.customerId)}::text[],
    ${orders.map(({ createdAt }) => createdAt)}::timestamptz[])`;
  await sql`update orders o set customer_id = g.customer_id, created_at = g.created_at
    from ${heads} as g(order_id, customer_id, created_at)
    where o.order_id = g.order_id and o.created_at is null`.execute(tx);
}

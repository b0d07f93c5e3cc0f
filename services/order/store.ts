/** Orders in PostgreSQL: a row to lock, and the state folded from the order's events. */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { readStreams } from '../../platform/eventStore.ts';
import type { AggregateTable, RowWrite } from '../../platform/writeModel.ts';
import { foldHistory } from './domain/history.ts';
import { initialOrder, type OrderState } from './domain/state.ts';

const given = (rows: readonly RowWrite<OrderState>[]) => sql`unnest(
  ${rows.map(({ key }) => key)}::uuid[], ${rows.map(({ version }) => version)}::integer[])`;

export const ordersTable: AggregateTable<OrderState> = {
  name: 'orders',
  initial: () => initialOrder,
  async lock(tx: Tx, keys) {
    await sql`select 1 from orders where order_id = any(${keys}::uuid[]) order by order_id for update`.execute(
      tx,
    );
  },
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
    await sql`insert into orders (order_id, version) select * from ${given(rows)}`.execute(tx);
  },
  async update(tx, rows) {
    await sql`update orders o set version = g.version from ${given(rows)} as g(order_id, version)
      where o.order_id = g.order_id`.execute(tx);
  },
};

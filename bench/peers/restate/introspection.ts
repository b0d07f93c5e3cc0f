/**
 * What Restate's server knows of orders and stock, asked by SQL (https://docs.restate.dev/services/introspection, tables in
 * https://docs.restate.dev/references/sql-introspection): asking each order or item would be a load too.
 */
import { ask, type OneWay, type Peer } from '../peer.ts';
import type { Item } from '../workload.ts';

const ORDERS = `from sys_invocation where target_service_name = 'Orders' and target_handler_name = 'run'`;

/** `queryUrl`: of its admin API. */
export function introspect(queryUrl: string): Pick<Peer, 'available'> & Omit<OneWay, 'placeUrl'> {
  async function select<Row>(query: string): Promise<readonly Row[]> {
    const { rows } = (await ask(queryUrl, 'POST', { query })) as { readonly rows: readonly Row[] };
    return rows;
  }
  return {
    async available(skus) {
      const rows = await select<{ readonly service_key: string; readonly value_utf8: string }>(
        `select service_key, value_utf8 from state where service_name = 'Stock' and key = 'item'`,
      );
      const items = new Map(
        rows.map(({ service_key, value_utf8 }) => [service_key, JSON.parse(value_utf8) as Item]),
      );
      return skus.map((sku) => items.get(sku)?.available ?? Number.NaN);
    },

    async underWay() {
      const [row] = await select<{ readonly orders: number }>(
        `select count(*) as orders ${ORDERS} and status <> 'completed'`,
      );
      return row?.orders ?? Number.NaN;
    },

    async lastEndMs() {
      const [row] = await select<{ readonly ended_at: string }>(
        `select max(completed_at) as ended_at ${ORDERS}`,
      );
      const endedMs = Date.parse(row?.ended_at ?? '');
      if (Number.isNaN(endedMs)) throw new Error(`no time of the last order's end in ${JSON.stringify(row)}`);
      return endedMs;
    },

    // As the workflows have written it into their state, which is there for as long as they can be asked for.
    async byStatus() {
      const rows = await select<{ readonly value_utf8: string; readonly orders: number }>(
        `select value_utf8, count(*) as orders from state where service_name = 'Orders' and key = 'status' group by value_utf8`,
      );
      return new Map(rows.map(({ value_utf8, orders }) => [JSON.parse(value_utf8) as string, orders]));
    },
  };
}

/** What a system keeps on disk: databases, log, index. Without write-ahead logs and caches, which do not grow with orders. */

import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import type { System } from '../../cli/start/system.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { natsServers } from '../../platform/log/natsServers.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import type { Storage } from './figures.ts';

export type Bytes = Omit<Storage, 'orders'>;

const REQUEST_MS = 10_000;
const ORDERS_ALIAS = 'orders';

export async function storedBytes({ urls }: System): Promise<Bytes> {
  const sizes = [...urls.databases].map(async ([name, { url }]): Promise<[string, number]> => {
    const { rows } = await withClient(url, (client) =>
      client.query<{ size: string }>('select pg_database_size(current_database())::text as size'),
    );
    return [name, Number(rows[0]?.size ?? 0)];
  });
  const [databases, logBytes, indexBytes] = await Promise.all([
    Promise.all(sizes),
    bytesOfLog(urls.nats),
    urls.elasticsearch ? bytesOfIndex(urls.elasticsearch) : undefined,
  ]);
  return {
    databaseBytes: Object.fromEntries(databases),
    logBytes,
    ...(indexBytes === undefined ? {} : { indexBytes }),
  };
}

async function bytesOfLog(url: string): Promise<number> {
  const connection = await connect(natsServers(url));
  try {
    const manager = await jetstreamManager(connection);
    const infos = await Promise.all(
      [ORDERS, CATALOG, PAYMENTS].map(({ name }) => manager.streams.info(name)),
    );
    return infos.reduce((sum, { state }) => sum + state.bytes, 0);
  } finally {
    await connection.close();
  }
}

async function bytesOfIndex(url: string): Promise<number> {
  const es = openElasticsearch({ url, requestTimeoutMs: REQUEST_MS });
  try {
    // What is not in a segment yet stands in no size.
    await es.indices.flush({ index: ORDERS_ALIAS });
    const { _all } = await es.indices.stats({ index: ORDERS_ALIAS, metric: 'store' });
    return _all.primaries?.store?.size_in_bytes ?? 0;
  } finally {
    await es.close();
  }
}

/** What came of so many orders. */
export function grown(before: Bytes, after: Bytes, orders: number): Storage {
  const databases = Object.entries(after.databaseBytes).map(([name, bytes]) => [
    name,
    bytes - (before.databaseBytes[name] ?? 0),
  ]);
  return {
    orders,
    databaseBytes: Object.fromEntries(databases),
    logBytes: after.logBytes - before.logBytes,
    ...(after.indexBytes === undefined ? {} : { indexBytes: after.indexBytes - (before.indexBytes ?? 0) }),
  };
}

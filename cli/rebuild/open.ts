/** What a rebuild works on: by flags or variables, else the local system that `npm start` runs. */

import { pino } from 'pino';
import { openDatabase } from '../../platform/database.ts';
import { databaseUrl } from '../../platform/databaseUrl.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { analyticsProjection } from '../../projector/analytics/projection.ts';
import type { OrderHistoryClient } from '../../projector/orders/history.ts';
import { ordersProjection } from '../../projector/orders/projection.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { addressesOf } from '../addresses.ts';
import { localSystem } from '../localSystem.ts';
import { storeTls } from '../ownTls.ts';
import { reach } from '../recover/open.ts';
import { ELASTICSEARCH, givenUrl, NATS, type StoreOption } from '../storeUrls.ts';
import { asCaller } from '../token/own.ts';
import { indexStore } from './orders/store.ts';
import type { RebuildStore } from './store.ts';
import { tableStore } from './tables/store.ts';

export const PROJECTIONS = ['orders', 'analytics'] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

export interface RebuildFlags {
  readonly elasticsearch?: string;
  readonly analyticsDb?: string;
  readonly nats?: string;
  readonly order?: string;
}

export interface OpenRebuild {
  readonly store: RebuildStore;
  readonly connection: LogConnection;
  close(): Promise<void>;
}

const CONNECT_WITHIN_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 600_000;
/** One writes, one compares, one holds the lease. */
const DATABASE_CONNECTIONS = 4;

/** Throws OrderlogError if the log cannot be reached; what else is needed is reached when it is. */
export async function openRebuild(
  name: ProjectionName,
  flags: RebuildFlags,
  env: NodeJS.ProcessEnv,
): Promise<OpenRebuild> {
  const natsUrl = givenUrl(NATS, flags.nats, env) ?? localSystem(env).nats;
  const { nats: tls } = storeTls(env);
  const orderAddress =
    flags.order ?? (env.ORDERLOG_ORDER_ADDRESS || addressesOf(env.ORDERLOG_PORT_BASE).order);
  const connection = await reach('NATS', () =>
    connectLog({
      url: natsUrl,
      tls,
      name: 'orderlog-rebuild',
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    }),
  );
  const orders = createClient(OrderServiceService, orderAddress, asCaller);
  try {
    const { store, close } = await opens[name](flags, env, connection, orders);
    return {
      store,
      connection,
      async close() {
        await close();
        orders.close();
        await connection.close();
      },
    };
  } catch (error) {
    orders.close();
    await connection.close();
    throw error;
  }
}

const ANALYTICS_OWNER: StoreOption = {
  option: '--analytics-db',
  variable: 'ORDERLOG_ANALYTICS_MIGRATION_DATABASE_URL',
  schema: databaseUrl('analytics_owner', 'analytics'),
};

type Open = (
  flags: RebuildFlags,
  env: NodeJS.ProcessEnv,
  connection: LogConnection,
  orders: OrderHistoryClient,
) => Promise<{ readonly store: RebuildStore; close(): Promise<void> }>;

const openOrders: Open = async (flags, env, connection, orders) => {
  const url = givenUrl(ELASTICSEARCH, flags.elasticsearch, env) ?? localSystem(env).elasticsearch;
  if (url === undefined) throw noReadModel();
  const es = openElasticsearch({
    url,
    ca: storeTls(env).elasticsearch,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  return { store: indexStore(es, connection, ordersProjection(orders)), close: () => es.close() };
};

const openAnalytics: Open = async (flags, env, connection, orders) => {
  const url = givenUrl(ANALYTICS_OWNER, flags.analyticsDb, env) ?? localSystem(env).analytics.migrationUrl;
  const db = openDatabase({
    url,
    applicationName: 'orderlog-rebuild',
    maxConnections: DATABASE_CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  return {
    store: await tableStore({ db, connection }, analyticsProjection(orders)),
    close: () => db.destroy(),
  };
};

const opens: Readonly<Record<ProjectionName, Open>> = { orders: openOrders, analytics: openAnalytics };

const noReadModel = () =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'NO_READ_MODEL',
    'this system reads from the aggregates (ORDERLOG_READS=aggregate): there is no read model to rebuild',
  );

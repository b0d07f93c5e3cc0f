/** What a rebuild works on: by flags or variables, else the local system that `npm start` runs. */
import { pino } from 'pino';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { ordersProjection } from '../../projector/orders/projection.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { addressesOf } from '../addresses.ts';
import { localSystem } from '../localSystem.ts';
import { reach } from '../recover/open.ts';
import { indexStore } from './orders/store.ts';
import type { RebuildStore } from './store.ts';

export interface RebuildFlags {
  readonly elasticsearch?: string;
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

/** Throws OrderlogError if the log cannot be reached. Elasticsearch and the Order service are reached when they are needed. */
export async function openOrders(flags: RebuildFlags, env: NodeJS.ProcessEnv): Promise<OpenRebuild> {
  const given = {
    nats: flags.nats ?? (env.ORDERLOG_NATS_URL || undefined),
    elasticsearch: flags.elasticsearch ?? (env.ORDERLOG_ELASTICSEARCH_URL || undefined),
  };
  const local = given.nats === undefined || given.elasticsearch === undefined ? localSystem(env) : undefined;
  const natsUrl = given.nats ?? local?.nats ?? '';
  const url = given.elasticsearch ?? local?.elasticsearch;
  if (url === undefined) throw noReadModel();
  const orderAddress =
    flags.order ?? (env.ORDERLOG_ORDER_ADDRESS || addressesOf(env.ORDERLOG_PORT_BASE).order);
  const connection = await reach('NATS', () =>
    connectLog({
      url: natsUrl,
      name: 'orderlog-rebuild',
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    }),
  );
  const es = openElasticsearch({ url, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const orders = createClient(OrderServiceService, orderAddress);
  return {
    store: indexStore(es, connection, ordersProjection(orders)),
    connection,
    async close() {
      orders.close();
      await es.close();
      await connection.close();
    },
  };
}

const noReadModel = () =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'NO_READ_MODEL',
    'this system reads from the aggregates (ORDERLOG_READS=aggregate): there is no read model to rebuild',
  );

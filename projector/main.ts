/**
 * The projector: every projection in one process, each at its own pace.
 *
 * It has no port: that it is alive, and how far it is, stands in each read model's checkpoint. Where NATS, Elasticsearch,
 * PostgreSQL or the Order service cannot be reached it waits for them, and says so; a store that is away keeps back only the
 * projection that it is for.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { commonConfig, loadConfig, serviceAddress, text, url, urls } from '../platform/config.ts';
import { openDatabase } from '../platform/database.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { createClient } from '../platform/grpc/client.ts';
import { runService } from '../platform/lifecycle.ts';
import { connectLog } from '../platform/log/connection.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { analyticsProjection } from './analytics/projection.ts';
import { liveDocumentTarget } from './engine/liveDocuments.ts';
import { runProjection } from './engine/run.ts';
import { ordersProjection } from './orders/projection.ts';
import { ensureTables } from './tables/generation.ts';
import { tableTarget } from './tables/tableTarget.ts';

const BULK_TIMEOUT_MS = 30_000;
/** One commits; another is there when one breaks. */
const DATABASE_CONNECTIONS = 2;
const POSTGRES = ['postgres:', 'postgresql:'];

runService('projector', async ({ logger, onStop, ready }) => {
  const config = loadConfig({
    ...commonConfig,
    ORDERLOG_NATS_URL: urls('nats://127.0.0.1:4222', ['nats:', 'tls:']),
    ORDERLOG_ELASTICSEARCH_URL: url('http://127.0.0.1:9200', ['http:', 'https:']),
    /** The analytics database. */
    ORDERLOG_DATABASE_URL: url('postgres://analytics:secret@127.0.0.1:5432/analytics', POSTGRES),
    /** Its owner's. Set: tables that are missing are made. Not set: somebody else has made them. */
    ORDERLOG_MIGRATION_DATABASE_URL: url(
      'postgres://analytics_owner:secret@127.0.0.1:5432/analytics',
      POSTGRES,
    ).optional(),
    /** The role as which the gateway reads it. */
    ORDERLOG_READER_ROLE: text('the name of a database role').default('analytics_reader'),
    ORDERLOG_ORDER_ADDRESS: serviceAddress('Order', '127.0.0.1:50051'),
  });
  const stopping = new AbortController();
  onStop('dialling', () => stopping.abort());
  const connection = await connectLog({
    url: config.ORDERLOG_NATS_URL,
    name: 'projector',
    logger,
    signal: stopping.signal,
  });
  onStop('NATS connection', () => connection.close());
  const orders = createClient(OrderServiceService, config.ORDERLOG_ORDER_ADDRESS);
  onStop('Order client', () => orders.close());
  const es = openElasticsearch({ url: config.ORDERLOG_ELASTICSEARCH_URL, requestTimeoutMs: BULK_TIMEOUT_MS });
  onStop('Elasticsearch client', () => es.close());

  const db = openDatabase({
    url: config.ORDERLOG_DATABASE_URL,
    applicationName: 'orderlog-projector',
    maxConnections: DATABASE_CONNECTIONS,
    onIdleError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  });
  onStop('the pool', () => db.destroy());

  const writer = `${hostname()}/${randomUUID()}`;
  const ordersFold = ordersProjection(orders);
  const analytics = analyticsProjection(orders);
  const ownerUrl = config.ORDERLOG_MIGRATION_DATABASE_URL;
  const roles = {
    writer: decodeURIComponent(new URL(config.ORDERLOG_DATABASE_URL).username),
    reader: config.ORDERLOG_READER_ROLE,
  };
  const prepare = async () => {
    if (ownerUrl !== undefined) await ensureTables(ownerUrl, analytics, roles);
  };
  const log = { connection, logger };
  const toIndex = liveDocumentTarget(ordersFold, { es, logger, writer });
  const toTables = tableTarget(analytics, { db, logger, writer, prepare });
  const running = [
    runProjection(log, { projection: ordersFold, target: toIndex }, stopping.signal),
    runProjection(log, { projection: analytics, target: toTables }, stopping.signal),
  ];
  onStop('projections', async () => {
    stopping.abort();
    await Promise.all(running);
  });
  ready();
});

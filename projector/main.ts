/**
 * The projector: every projection in one process, each at its own pace.
 *
 * How far it is stands in each read model's checkpoint, its heartbeat too; health that is asked for (ORDERLOG_GRPC_LISTEN) tells
 * no more than that the process answers and has reached the log. Where NATS, Elasticsearch,
 * PostgreSQL or the Order service cannot be reached it waits for them, and says so; a store that is away keeps back only the
 * projection that it is for.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { openServiceToken } from '../platform/access/serviceToken.ts';
import { loadConfig } from '../platform/config.ts';
import { managerOf, readStream } from '../platform/consume/logPlace.ts';
import { openDatabase } from '../platform/database.ts';
import { roleIn } from '../platform/databaseUrl.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { createClient } from '../platform/grpc/client.ts';
import { mutual } from '../platform/grpc/credentials.ts';
import { createGrpcServer, type GrpcServerOptions } from '../platform/grpc/server.ts';
import { type Lifecycle, runService } from '../platform/lifecycle.ts';
import { connectLog } from '../platform/log/connection.ts';
import { encodeProjected, projectedSubject } from '../platform/projected.ts';
import { measurePools, measureServiceToken } from '../platform/telemetry/measureOthers.ts';
import { startTelemetry } from '../platform/telemetry/start.ts';
import { elasticsearchAuthority, openCertificates } from '../platform/tls/certificates.ts';
import { natsTlsOf } from '../platform/tls/settings.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { analyticsProjection } from './analytics/projection.ts';
import { projectorConfig } from './config.ts';
import { liveDocumentTarget } from './engine/liveDocuments.ts';
import { runProjection } from './engine/run.ts';
import { measureProjections } from './metrics.ts';
import { ordersProjection } from './orders/projection.ts';
import { ensureTables } from './tables/generation.ts';
import { tableTarget } from './tables/tableTarget.ts';

const BULK_TIMEOUT_MS = 30_000;
const ASK_TIMEOUT_MS = 1_000;
/** One commits; another is there when one breaks. */
const DATABASE_CONNECTIONS = 2;

async function start(lifecycle: Lifecycle): Promise<void> {
  const { logger, onStop, ready } = lifecycle;
  const config = loadConfig(projectorConfig);
  const certificates = openCertificates(config, logger);
  const meter = await startTelemetry('projector', config, lifecycle);
  const stopping = new AbortController();
  onStop('dialling', () => stopping.abort());
  const connection = await connectLog({
    url: config.ORDERLOG_NATS_URL,
    tls: natsTlsOf(config),
    name: 'projector',
    logger,
    signal: stopping.signal,
  });
  onStop('NATS connection', () => connection.close());
  const own = openServiceToken(config, false, logger);
  onStop('its own token', () => own.stop());
  measureServiceToken(meter, own);
  const orders = createClient(OrderServiceService, config.ORDERLOG_ORDER_ADDRESS, {
    token: own.token,
    certificates,
  });
  onStop('Order client', () => orders.close());
  const es = openElasticsearch({
    url: config.ORDERLOG_ELASTICSEARCH_URL,
    ca: elasticsearchAuthority(config, logger),
    requestTimeoutMs: BULK_TIMEOUT_MS,
  });
  onStop('Elasticsearch client', () => es.close());

  const db = openDatabase({
    url: config.ORDERLOG_DATABASE_URL,
    applicationName: 'orderlog-projector',
    maxConnections: DATABASE_CONNECTIONS,
    onPool: (counts) => measurePools(meter)('projector', counts),
    onIdleError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  });
  onStop('the pool', () => db.destroy());

  const writer = `${hostname()}/${randomUUID()}`;
  const ordersFold = ordersProjection(orders);
  const analytics = analyticsProjection(orders);
  const ownerUrl = config.ORDERLOG_MIGRATION_DATABASE_URL;
  const roles = {
    writer: roleIn(config.ORDERLOG_DATABASE_URL),
    reader: config.ORDERLOG_READER_ROLE,
  };
  const prepare = async () => {
    if (ownerUrl !== undefined) await ensureTables(ownerUrl, analytics, roles);
  };
  const log = { connection, logger };
  const { stream } = ordersFold;
  const lastSequence = async () =>
    (await readStream(await managerOf(connection, ASK_TIMEOUT_MS), stream)).lastSequence;
  const watch = measureProjections(meter, stream, lastSequence);
  const toIndex = liveDocumentTarget(ordersFold, {
    es,
    logger,
    writer,
    onStored(changed) {
      if (connection.session().aborted) return;
      const orders = changed.entries().map(([orderId, { version }]) => ({ orderId, version }));
      connection.nats.publish(projectedSubject(ordersFold.name), encodeProjected(orders));
    },
  });
  const toTables = tableTarget(analytics, { db, logger, writer, prepare });
  const running = [
    runProjection(
      { ...log, watch: watch(ordersFold.name) },
      { projection: ordersFold, target: toIndex },
      stopping.signal,
    ),
    runProjection(
      { ...log, watch: watch(analytics.name) },
      { projection: analytics, target: toTables },
      stopping.signal,
    ),
  ];
  onStop('projections', async () => {
    stopping.abort();
    await Promise.all(running);
  });
  const { ORDERLOG_GRPC_LISTEN: listen, ORDERLOG_HEALTH_LISTEN: healthListen } = config;
  if (listen) await answerHealth(lifecycle, { listen, healthListen, tls: mutual(certificates) });
  ready();
}

if (import.meta.main) runService('projector', start);

async function answerHealth(
  { logger, onStop }: Lifecycle,
  where: Pick<GrpcServerOptions, 'listen' | 'healthListen' | 'tls'>,
): Promise<void> {
  const server = createGrpcServer({ ...where, logger, services: [], listenVariable: 'ORDERLOG_GRPC_LISTEN' });
  onStop('the gRPC server', (remainingMs) => server.drain(remainingMs));
  await server.start();
  server.health.setServing('', true);
}

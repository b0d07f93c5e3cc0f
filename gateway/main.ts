/**
 * The gateway: reads over gRPC (OrderQueryService) and HTTP, commands over HTTP, and what happens to orders as it happens. It
 * keeps no state, and serves as soon as it listens: what it depends on may come later, and each answer says what is missing.
 */
import { openServiceToken } from '../platform/access/serviceToken.ts';
import { openAccess } from '../platform/access/settings.ts';
import { type Config, ConfigError, loadConfig } from '../platform/config.ts';
import { type Elasticsearch, openElasticsearch } from '../platform/elasticsearch/client.ts';
import { type ClientOptions, callersToken, createClient } from '../platform/grpc/client.ts';
import { serverTlsForPeople } from '../platform/grpc/credentials.ts';
import { createGrpcServer } from '../platform/grpc/server.ts';
import type { ServiceDefinition } from '../platform/grpc/service.ts';
import { grpcBoundsOf } from '../platform/grpc/settings.ts';
import { type Lifecycle, runService } from '../platform/lifecycle.ts';
import { connectLog, type LogConnection } from '../platform/log/connection.ts';
import type { Logger } from '../platform/logging.ts';
import { measurePools, measureServiceToken } from '../platform/telemetry/measureOthers.ts';
import { startTelemetry } from '../platform/telemetry/start.ts';
import { elasticsearchAuthority, openCertificates } from '../platform/tls/certificates.ts';
import { natsTlsOf } from '../platform/tls/settings.ts';
import { HealthService } from '../proto/gen/grpc/health/v1/health.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OpsServiceService } from '../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../proto/streams.ts';
import { openAnalytics } from './analytics.ts';
import { gatewayConfig } from './config.ts';
import { orderQueryService } from './grpc.ts';
import { dependenciesOf, healthNames, watchHealth } from './health.ts';
import { createFeed } from './live/feed.ts';
import { createOverview } from './live/overview/overview.ts';
import { createWatchers, MAX_WATCHERS } from './live/watchers.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createReadModelLag } from './metrics/readModelLag.ts';
import { createArrivals } from './queries/arrivals.ts';
import { fromAggregates } from './queries/fromAggregates.ts';
import { fromProjection } from './queries/fromProjection.ts';
import { createGuard } from './queries/guard.ts';
import { ORDERS_ALIAS, openOrderReadModel } from './queries/orderReadModel.ts';
import { noSalesQueries, salesQueries } from './queries/salesSummary.ts';
import { createReadiness } from './readiness.ts';
import { hostNamesIn } from './rest/expectedHost.ts';
import { httpsIdentity } from './rest/https.ts';
import { closeHttp, listenHttp } from './rest/listen.ts';
import { createRestServer } from './rest/server.ts';

const READ_TIMEOUT_MS = 5_000;

async function start(lifecycle: Lifecycle): Promise<void> {
  const { logger, onStop, ready } = lifecycle;
  const settings = loadConfig(gatewayConfig);
  const certificates = openCertificates(settings, logger);
  const meter = await startTelemetry('gateway', settings, lifecycle);
  const { ORDERLOG_GRPC_LISTEN, ORDERLOG_HTTP_LISTEN } = settings;
  const access = openAccess(settings, { ORDERLOG_GRPC_LISTEN, ORDERLOG_HTTP_LISTEN }, logger);
  onStop('the keys of tokens', () => access.stop());
  const own = openServiceToken(settings, access.isAuthenticated, logger);
  onStop('its own token', () => own.stop());
  measureServiceToken(meter, own);
  const { admit, rate } = access;
  const onBehalf = { token: callersToken };
  const clientOf = <D extends ServiceDefinition>(
    definition: D,
    where: string,
    { token }: Pick<ClientOptions, 'token'>,
  ) => {
    const client = createClient(definition, where, { ...(token && { token }), certificates });
    onStop(`client of ${where}`, () => client.close());
    return client;
  };
  const addresses = {
    order: settings.ORDERLOG_ORDER_ADDRESS,
    catalog: settings.ORDERLOG_CATALOG_ADDRESS,
    payment: settings.ORDERLOG_PAYMENT_ADDRESS,
  };
  const ofEach = <D extends ServiceDefinition>(definition: D, options: ClientOptions) => ({
    order: clientOf(definition, addresses.order, options),
    catalog: clientOf(definition, addresses.catalog, options),
    payment: clientOf(definition, addresses.payment, options),
  });
  const orders = clientOf(OrderServiceService, addresses.order, onBehalf);
  const catalog = clientOf(CatalogServiceService, addresses.catalog, onBehalf);
  const { ORDERLOG_CONSISTENCY_KEY: consistencyKey } = settings;
  const es = readModelOf(settings, logger);
  if (es) onStop('Elasticsearch client', () => es.close());
  const guard = createGuard(settings.ORDERLOG_BREAKER_HALF_OPEN_SECONDS * 1_000);
  const connection = connectInTime(settings, lifecycle);
  const model = es && openOrderReadModel(es, ORDERS_ALIAS, guard, createArrivals(ORDERS_ALIAS, connection));
  const queries = model
    ? fromProjection({ model, orders, consistencyKey })
    : fromAggregates({ orders, consistencyKey });
  const health = ofEach(HealthService, own);
  const onPool = measurePools(meter);
  const analytics = openAnalytics(settings.ORDERLOG_ANALYTICS_DATABASE_URL, lifecycle, onPool);
  const sales = analytics ? salesQueries(analytics, consistencyKey) : noSalesQueries;
  const readiness = createReadiness({
    ...health,
    ...(es && { readModel: { es, alias: ORDERS_ALIAS } }),
    ...(analytics && { analytics }),
  });
  const feedOf = (stream: typeof ORDERS | typeof CATALOG | typeof PAYMENTS) => {
    const feed = createFeed({ connection, stream, logger });
    onStop(`feed of ${stream.name}`, () => feed.close());
    return { stream: stream.name, feed };
  };
  const ofOrders = feedOf(ORDERS);
  const watched = { watchers: createWatchers(ofOrders.feed), orders };
  const ops = ofEach(OpsServiceService, own);
  const feeds = [ofOrders, feedOf(CATALOG), feedOf(PAYMENTS)];

  const lag = es && createReadModelLag({ es, alias: ORDERS_ALIAS, relay: ops.order });
  const readModel = { ...(model && { model }), ...(lag && { measuredLag: lag }) };
  const overview = createOverview({ feeds, connection, queries, ...readModel, readiness, ops });
  const metrics = createMetrics(meter, lag ? { readModel: { lag, guard } } : {});
  const needed = dependenciesOf(health.order, es);
  const grpc = createGrpcServer({
    logger,
    services: [orderQueryService(queries, watched, sales)],
    maxOpenStreams: MAX_WATCHERS,
    admit,
    rate,
    dependencies: healthNames(needed),
    answered: metrics.grpc,
    listen: ORDERLOG_GRPC_LISTEN,
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
    healthListen: settings.ORDERLOG_HEALTH_LISTEN,
    tls: serverTlsForPeople(certificates),
    bounds: grpcBoundsOf(settings),
  });
  const shown = { readiness, metrics, watched, overview };
  const gateway = {
    queries,
    sales,
    orders,
    catalog,
    ops: ofEach(OpsServiceService, onBehalf),
    ...shown,
    logger,
  };
  const rest = createRestServer({
    logger,
    gateway,
    admit,
    rate,
    hostNames: hostNamesIn(settings.ORDERLOG_HTTP_HOST_NAMES ?? ''),
    maxBodyBytes: settings.ORDERLOG_HTTP_BODY_MAX_BYTES,
    orderAddress: settings.ORDERLOG_ORDER_ADDRESS,
    https: httpsIdentity(settings, logger),
  });
  const endWatches = async () => {
    watched.watchers.close();
    await overview.close();
  };
  onStop('servers', async (remainingMs) => {
    await Promise.all([grpc.drain(remainingMs), closeHttp(rest, remainingMs, endWatches)]);
  });
  const grpcPort = await grpc.start();
  const httpPort = await listenHttp(rest, ORDERLOG_HTTP_LISTEN, 'ORDERLOG_HTTP_LISTEN');
  grpc.health.setServing('', true);
  const watch = watchHealth(grpc.health, needed, logger);
  onStop('watching of dependencies', () => watch.stop());
  logger.info({ grpcPort, httpPort }, 'listening');
  ready();
}

if (import.meta.main) runService('gateway', start);

/** The log, which is not waited for: until it is there, nothing can be watched. */
function connectInTime(
  settings: Config<typeof gatewayConfig>,
  { logger, onStop }: Lifecycle,
): Promise<LogConnection> {
  const dialling = new AbortController();
  const connection = connectLog({
    url: settings.ORDERLOG_NATS_URL,
    tls: natsTlsOf(settings),
    name: 'gateway',
    logger,
    signal: dialling.signal,
  });
  // Whoever needs it is told.
  connection.catch(() => undefined);
  onStop('NATS connection', async () => {
    dialling.abort();
    await connection.then(
      (opened) => opened.close(),
      () => undefined,
    );
  });
  return connection;
}

/** Its Elasticsearch; undefined: reads come from the aggregates. Throws ConfigError if it is needed, and no URL is set. */
function readModelOf(settings: Config<typeof gatewayConfig>, logger: Logger): Elasticsearch | undefined {
  const { ORDERLOG_READS: reads, ORDERLOG_ELASTICSEARCH_URL: where } = settings;
  if (reads === 'aggregate') return undefined;
  if (where !== undefined) {
    const ca = elasticsearchAuthority(settings, logger);
    return openElasticsearch({ url: where, ca, requestTimeoutMs: READ_TIMEOUT_MS });
  }
  throw new ConfigError([
    'ORDERLOG_ELASTICSEARCH_URL is not set: expected a URL such as http://127.0.0.1:9200; only with ORDERLOG_READS=aggregate ' +
      'is it not needed',
  ]);
}

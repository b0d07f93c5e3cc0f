/** What the gateway's tests stand on: an Order service of the test's own over real gRPC, a read model, and the gateway. */
import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { type Logger, pino } from 'pino';
import type { Admit } from '../platform/access/admit.ts';
import type { RateLimit } from '../platform/access/rateLimit.ts';
import { issueToken } from '../platform/consistencyToken.ts';
import { type Elasticsearch, openElasticsearch } from '../platform/elasticsearch/client.ts';
import { CHECKPOINT_ID, commonProperties } from '../platform/elasticsearch/readModel.ts';
import { createClient, type GrpcClient } from '../platform/grpc/client.ts';
import { createGrpcServer } from '../platform/grpc/server.ts';
import { type Implementation, type OfferedService, offer } from '../platform/grpc/service.ts';
import type { ModelCheckpoint } from '../platform/modelCheckpoint.ts';
import { createMeter } from '../platform/telemetry/meter.ts';
import { HealthService } from '../proto/gen/grpc/health/v1/health.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OpsServiceService } from '../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { OrderQueryServiceService, OrderView } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { orderQueryService } from './grpc.ts';
import { dependenciesOf, healthNames, watchHealth } from './health.ts';
import type { Feed } from './live/feed.ts';
import { feedDouble } from './live/feedDouble.testing.ts';
import { createOverview } from './live/overview/overview.ts';
import { createWatchers, type WatchersOptions } from './live/watchers.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createReadModelLag } from './metrics/readModelLag.ts';
import { fromAggregates } from './queries/fromAggregates.ts';
import { fromProjection } from './queries/fromProjection.ts';
import { createGuard, type Guard } from './queries/guard.ts';
import { openOrderReadModel } from './queries/orderReadModel.ts';
import type { SalesModel } from './queries/salesModel.ts';
import { noSalesQueries, salesQueries } from './queries/salesSummary.ts';
import { createReadiness } from './readiness.ts';
import { closeHttp, listenHttp } from './rest/listen.ts';
import { createRestServer } from './rest/server.ts';

export const consistencyKey = new Uint8Array(32).fill(7);
export const tokenOf = (orderId: string, version: number): string =>
  issueToken(consistencyKey, { stream: 'ORDERS', aggregateId: orderId, version });

const anyPort = { host: '127.0.0.1', port: 0 };
const quiet = pino({ level: process.env.ORDERLOG_TEST_LOG ?? 'silent' });

/** A read model of a test's own. */
export interface TestReadModel {
  readonly es: Elasticsearch;
  readonly alias: string;
  /** Writes an order as the projector does. */
  project(
    view: Partial<OrderView> & { readonly orderId: string; readonly version: number },
    sequence: number,
  ): Promise<void>;
  writeCheckpoint(checkpoint: Partial<ModelCheckpoint>): Promise<void>;
  remove(): Promise<void>;
}

/** Of what the projector writes beside the view, where a test needs it (projector/orders). */
export interface DocumentDefinition {
  readonly properties: Readonly<Record<string, estypes.MappingProperty>>;
  toDocument(view: OrderView): object;
}

const onlyTheView: DocumentDefinition = {
  properties: { view: { type: 'object', enabled: false } },
  toDocument: (view) => ({ view: OrderView.toJSON(view) }),
};

export async function testReadModel(
  url: string,
  definition: DocumentDefinition = onlyTheView,
  settings: estypes.IndicesIndexSettings = {},
): Promise<TestReadModel> {
  const es = openElasticsearch({ url, requestTimeoutMs: 60_000 });
  const alias = `orders-${randomUUID()}`;
  const properties = { ...commonProperties, ...definition.properties };
  await es.indices.create({
    index: `${alias}-v1`,
    aliases: { [alias]: {} },
    settings: { number_of_replicas: 0, ...settings },
    mappings: { dynamic: 'strict', properties },
  });
  return {
    es,
    alias,
    async project(view, sequence) {
      const { orderId, version } = view;
      const document = {
        kind: 'document',
        version,
        sequence,
        ...definition.toDocument(OrderView.fromPartial(view)),
      };
      await es.index({ index: alias, id: orderId, version, version_type: 'external', document });
    },
    async writeCheckpoint(changes) {
      const time = new Date().toISOString();
      const checkpoint = { stream: 'ORDERS', sequence: 1, streamEpoch: 1, writer: 'test', time, ...changes };
      await es.index({ index: alias, id: CHECKPOINT_ID, document: { kind: 'checkpoint', checkpoint } });
    },
    async remove() {
      await es.indices.delete({ index: `${alias}-v1` });
      await es.close();
    },
  };
}

/** A completed order to project. */
export const completed = (orderId: string) => ({
  orderId,
  customerId: 'ada',
  status: OrderStatus.ORDER_STATUS_COMPLETED,
  lines: [
    { sku: 'SKU-COFFEE', name: 'Coffee beans', quantity: 2, unitPrice: undefined, lineTotal: undefined },
  ],
  total: { currencyCode: 'EUR', units: 19n, nanos: 800_000_000 },
  createTime: new Date('2026-01-05T10:00:00.000Z'),
  version: 4,
});

export interface TestServer {
  readonly address: string;
  setServing(serving: boolean): void;
  stop(): Promise<void>;
}

/** An Order service that does what the test says. */
export const orderDouble = (methods: Implementation<typeof OrderServiceService>): Promise<TestServer> =>
  serviceDouble(offer(OrderServiceService, methods));

/** A server of services that do what the test says. */
export async function serviceDouble(...services: readonly OfferedService[]): Promise<TestServer> {
  const server = createGrpcServer({
    logger: quiet,
    services,
    listen: anyPort,
    listenVariable: 'none',
  });
  const port = await server.start();
  server.health.setServing('', true);
  return {
    address: `127.0.0.1:${port}`,
    setServing: (serving) => server.health.setServing('', serving),
    stop: () => server.drain(1_000),
  };
}

export interface TestGateway {
  /** `http://127.0.0.1:<port>` */
  readonly http: string;
  readonly query: GrpcClient<typeof OrderQueryServiceService>;
  /** How many watch now. */
  watches(): number;
  readonly health: GrpcClient<HealthService>;
  /** `graceMs`: of REST. */
  stop(graceMs?: number): Promise<void>;
}

export interface GatewaySetup {
  /** Unset: reads come from the aggregates. */
  readonly es?: Elasticsearch;
  readonly alias?: string;
  readonly orderAddress: string;
  /** Unset: nothing happens. */
  readonly feed?: Feed;
  readonly watching?: WatchersOptions;
  readonly guard?: Guard;
  /** Unset: no analytics run. */
  readonly analytics?: SalesModel;
  /** Unset: it logs nothing. */
  readonly logger?: Logger;
  /** Of REST; unset: requests are not counted. */
  readonly rate?: RateLimit;
  /** Of REST; unset: everybody may do everything, and needs no token. */
  readonly admit?: Admit;
  /** Of REST. */
  readonly hostNames?: readonly string[];
}

/** The gateway as main.ts puts it together; the Order double stands for Catalog and Payment too. */
export async function startGateway({
  es,
  alias = 'orders',
  orderAddress,
  feed = feedDouble(),
  watching,
  guard = createGuard(),
  analytics,
  logger = quiet,
  rate,
  admit,
  hostNames,
}: GatewaySetup): Promise<TestGateway> {
  const orders = createClient(OrderServiceService, orderAddress);
  const catalog = createClient(CatalogServiceService, orderAddress);
  const ops = createClient(OpsServiceService, orderAddress);
  const health = createClient(HealthService, orderAddress);
  const model = es && openOrderReadModel(es, alias, guard);
  const queries = model
    ? fromProjection({ model, orders, consistencyKey })
    : fromAggregates({ orders, consistencyKey });
  const inAll = <T>(each: T) => ({ order: each, catalog: each, payment: each });
  const sales = analytics ? salesQueries(analytics, consistencyKey) : noSalesQueries;
  const readiness = createReadiness({
    ...inAll(health),
    ...(es && { readModel: { es, alias } }),
    ...(analytics && { analytics }),
  });
  const watchers = createWatchers(feed, watching);
  const watched = { watchers, orders };
  const lag = es && createReadModelLag({ es, alias, relay: ops });
  const metrics = createMetrics(createMeter('gateway'), lag ? { readModel: { lag, guard } } : {});
  const needed = dependenciesOf(health, es);
  const overview = createOverview(
    {
      feeds: [{ stream: 'ORDERS', feed }],
      // There is no log.
      connection: new Promise(() => undefined),
      queries,
      ...(model && { model }),
      readiness,
      ops: inAll(ops),
    },
    { everyMs: 20, lingerMs: 20 },
  );
  const grpc = createGrpcServer({
    logger,
    services: [orderQueryService(queries, watched, sales)],
    dependencies: healthNames(needed),
    answered: metrics.grpc,
    listen: anyPort,
    listenVariable: 'none',
  });
  const rest = createRestServer({
    logger,
    gateway: {
      queries,
      sales,
      orders,
      catalog,
      ops: inAll(ops),
      readiness,
      metrics,
      watched,
      overview,
      logger,
    },
    orderAddress,
    rate,
    ...(admit && { admit }),
    ...(hostNames && { hostNames }),
  });
  const grpcPort = await grpc.start();
  const httpPort = await listenHttp(rest, anyPort, 'none');
  grpc.health.setServing('', true);
  const watch = watchHealth(grpc.health, needed, logger);
  const query = createClient(OrderQueryServiceService, `127.0.0.1:${grpcPort}`);
  const ownHealth = createClient(HealthService, `127.0.0.1:${grpcPort}`);
  return {
    http: `http://127.0.0.1:${httpPort}`,
    query,
    watches: () => watchers.count(),
    health: ownHealth,
    async stop(graceMs = 1_000) {
      await watch.stop();
      query.close();
      watchers.close();
      ownHealth.close();
      await overview.close();
      await closeHttp(rest, graceMs);
      await grpc.drain(1_000);
      for (const client of [orders, catalog, ops, health]) client.close();
    },
  };
}

/**
 * The gateway: reads over gRPC (OrderQueryService) and HTTP, commands over HTTP. It keeps no state, and serves as soon as
 * it listens: what it depends on may come later, and each answer says what is missing.
 */
import {
  commonConfig,
  listenAddress,
  loadConfig,
  secretKey,
  serviceAddress,
  url,
} from '../platform/config.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { createClient } from '../platform/grpc/client.ts';
import { createGrpcServer } from '../platform/grpc/server.ts';
import { runService } from '../platform/lifecycle.ts';
import { HealthService } from '../proto/gen/grpc/health/v1/health.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { orderQueryService } from './grpc.ts';
import { ORDERS_ALIAS, openOrderReadModel } from './queries/orderReadModel.ts';
import { createReadiness } from './readiness.ts';
import { closeHttp, listenHttp } from './rest/listen.ts';
import { createRestServer } from './rest/server.ts';

const READ_TIMEOUT_MS = 5_000;

const config = {
  ...commonConfig,
  ORDERLOG_GRPC_LISTEN: listenAddress(),
  ORDERLOG_HTTP_LISTEN: listenAddress(),
  ORDERLOG_ELASTICSEARCH_URL: url('http://127.0.0.1:9200', ['http:', 'https:']),
  ORDERLOG_ORDER_ADDRESS: serviceAddress('Order', '127.0.0.1:50051'),
  ORDERLOG_CATALOG_ADDRESS: serviceAddress('Catalog', '127.0.0.1:50052'),
  ORDERLOG_PAYMENT_ADDRESS: serviceAddress('Payment', '127.0.0.1:50053'),
  ORDERLOG_CONSISTENCY_KEY: secretKey(),
};

runService('gateway', async ({ logger, onStop, ready }) => {
  const settings = loadConfig(config);
  const es = openElasticsearch({
    url: settings.ORDERLOG_ELASTICSEARCH_URL,
    requestTimeoutMs: READ_TIMEOUT_MS,
  });
  onStop('Elasticsearch client', () => es.close());
  const orders = createClient(OrderServiceService, settings.ORDERLOG_ORDER_ADDRESS);
  onStop('Order client', () => orders.close());
  const healthOf = (where: string) => {
    const client = createClient(HealthService, where);
    onStop(`health client of ${where}`, () => client.close());
    return client;
  };
  const queries = {
    model: openOrderReadModel(es),
    orders,
    consistencyKey: settings.ORDERLOG_CONSISTENCY_KEY,
  };
  const readiness = createReadiness({
    order: healthOf(settings.ORDERLOG_ORDER_ADDRESS),
    catalog: healthOf(settings.ORDERLOG_CATALOG_ADDRESS),
    payment: healthOf(settings.ORDERLOG_PAYMENT_ADDRESS),
    es,
    alias: ORDERS_ALIAS,
  });

  const grpc = createGrpcServer({
    logger,
    services: [orderQueryService(queries)],
    listen: settings.ORDERLOG_GRPC_LISTEN,
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
  });
  const rest = createRestServer({ logger, queries, orders, readiness });
  onStop('gRPC server', (remainingMs) => grpc.drain(remainingMs));
  // Half of the time, so that the other half is left for gRPC.
  onStop('HTTP server', (remainingMs) => closeHttp(rest, remainingMs / 2));
  const grpcPort = await grpc.start();
  const httpPort = await listenHttp(rest, settings.ORDERLOG_HTTP_LISTEN, 'ORDERLOG_HTTP_LISTEN');
  grpc.health.setServing('', true);
  logger.info({ grpcPort, httpPort }, 'listening');
  ready();
});

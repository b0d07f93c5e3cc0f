/**
 * The projector: every projection in one process, each at its own pace.
 *
 * It has no port: that it is alive, and how far it is, stands in each read model's checkpoint. Where NATS, Elasticsearch or
 * the Order service cannot be reached it waits for them, and says so.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { commonConfig, loadConfig, serviceAddress, url, urls } from '../platform/config.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { createClient } from '../platform/grpc/client.ts';
import { runService } from '../platform/lifecycle.ts';
import { connectLog } from '../platform/log/connection.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { documentTarget } from './engine/documentTarget.ts';
import { runProjection } from './engine/run.ts';
import { ordersProjection } from './orders/projection.ts';

const BULK_TIMEOUT_MS = 30_000;

runService('projector', async ({ logger, onStop, ready }) => {
  const config = loadConfig({
    ...commonConfig,
    ORDERLOG_NATS_URL: urls('nats://127.0.0.1:4222', ['nats:', 'tls:']),
    ORDERLOG_ELASTICSEARCH_URL: url('http://127.0.0.1:9200', ['http:', 'https:']),
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

  const writer = `${hostname()}/${randomUUID()}`;
  const projection = ordersProjection(orders);
  const target = documentTarget(projection, { es, logger, writer });
  const running = [runProjection({ connection, logger }, { projection, target }, stopping.signal)];
  onStop('projections', async () => {
    stopping.abort();
    await Promise.all(running);
  });
  ready();
});

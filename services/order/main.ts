/** The Order service: takes orders, and ends them by what Catalog and Payment report. */
import { join } from 'node:path';
import { openServiceToken } from '../../platform/access/serviceToken.ts';
import { loadConfig } from '../../platform/config.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { type Lifecycle, runService } from '../../platform/lifecycle.ts';
import { measureBreakers, measureServiceToken } from '../../platform/telemetry/measureOthers.ts';
import { startTelemetry } from '../../platform/telemetry/start.ts';
import { openCertificates } from '../../platform/tls/certificates.ts';
import { startWriteService } from '../../platform/writeService/start.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { ORDERS } from '../../proto/streams.ts';
import { alarmsTo } from './alarms.ts';
import { completeRows } from './completeRows.ts';
import { orderConfig } from './config.ts';
import { timerCommands } from './deadline.ts';
import { directCalls } from './direct/calls.ts';
import { watchEnds } from './direct/ends.ts';
import { createRemote } from './direct/remote.ts';
import { connectPeers } from './explain/peers.ts';
import { orderService } from './grpc.ts';
import { measureSagas } from './metrics.ts';
import { orderModelIn } from './model.ts';
import { orderSubscriptions } from './subscriptions.ts';

const sagaModes = {
  choreography: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  orchestration: SagaMode.SAGA_MODE_ORCHESTRATION,
  direct: SagaMode.SAGA_MODE_DIRECT,
} as const;

/** Of the grace: so long callers wait for ends when the process stops. */
const WAIT_SHARE = 0.4;

async function start(lifecycle: Lifecycle): Promise<void> {
  const config = loadConfig(orderConfig);
  const meter = await startTelemetry('order', config, lifecycle);
  const store = config.ORDERLOG_ORDER_STORE;
  const tokenKeys = config.ORDERLOG_TOKEN_KEYS;
  const isAuthenticated = config.ORDERLOG_AUTH_ISSUER !== undefined;
  const own = openServiceToken(config, isAuthenticated, lifecycle.logger);
  lifecycle.onStop('its own token', () => own.stop());
  measureServiceToken(meter, own);
  const asItself = { token: own.token, certificates: openCertificates(config, lifecycle.logger) };
  const { certificates } = asItself;
  const catalog = createClient(CatalogServiceService, config.ORDERLOG_CATALOG_ADDRESS, asItself);
  lifecycle.onStop('the client of Catalog', () => catalog.close());
  const payment = createClient(PaymentServiceService, config.ORDERLOG_PAYMENT_ADDRESS, asItself);
  lifecycle.onStop('the client of Payment', () => payment.close());
  const halfOpenAfterMs = config.ORDERLOG_BREAKER_HALF_OPEN_SECONDS * 1_000;
  const remotes = {
    catalog: createRemote('Catalog', catalog, halfOpenAfterMs),
    payment: createRemote('Payment', payment, halfOpenAfterMs),
  };
  measureBreakers(meter, { catalog: remotes.catalog.breakerState, payment: remotes.payment.breakerState });
  const ends = watchEnds();
  const peers = connectPeers(
    { catalog: config.ORDERLOG_CATALOG_ADDRESS, payment: config.ORDERLOG_PAYMENT_ADDRESS },
    { catalog, payment },
    asItself,
  );
  lifecycle.onStop('the clients for explanations', () => peers.close());
  await startWriteService(lifecycle, config, {
    certificates,
    meter,
    observe: measureSagas(meter),
    model: orderModelIn(store),
    stream: ORDERS,
    isSource: true,
    migrations: { scope: 'order', folder: join(import.meta.dirname, 'sql') },
    subscriptions: orderSubscriptions,
    timers: timerCommands,
    tasks: directCalls(remotes, tokenKeys),
    onCommitted: ends.onCommitted,
    onPublishing: alarmsTo(lifecycle.logger),
    prepare: (db, logger, signal) => completeRows(db, store, logger, signal),
    services: orderService({
      store,
      tokenKeys,
      consistencyKey: config.ORDERLOG_CONSISTENCY_KEY,
      deadlineMs: config.ORDERLOG_ORDER_DEADLINE_SECONDS * 1_000,
      defaultMode: sagaModes[config.ORDERLOG_ORDER_SAGA_MODE],
      direct: { ends, refusal: () => remotes.catalog.refusal() ?? remotes.payment.refusal() },
      peers: peers.all,
    }),
  });
  // Before the server has to cut them, which waits for half of the grace: these wait for what others do.
  lifecycle.onStop('those who wait for ends', (remainingMs) => ends.close(remainingMs * WAIT_SHARE));
}

if (import.meta.main) runService('order', start);

/** The Payment service: charges what Catalog has reserved, through the provider. */
import { loadConfig } from '../../platform/config.ts';
import { type Lifecycle, runService } from '../../platform/lifecycle.ts';
import { measureBreakers } from '../../platform/telemetry/measureOthers.ts';
import { startTelemetry } from '../../platform/telemetry/start.ts';
import { openCertificates } from '../../platform/tls/certificates.ts';
import { startWriteService } from '../../platform/writeService/start.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import { watchCharges } from './chargeRpc.ts';
import { chargeTask } from './chargeTask.ts';
import { paymentConfig } from './config.ts';
import { paymentService } from './grpc.ts';
import { paymentModel } from './model.ts';
import { openProvider } from './provider/openProvider.ts';
import { refundTask } from './refundTask.ts';
import { paymentSubscriptions } from './subscriptions.ts';
import { CHARGE_TASK, REFUND_TASK } from './tasks.ts';
import { webhookListener } from './webhooks/listen.ts';

/** Of the grace: so long callers wait for charges when the process stops. */
const WAIT_SHARE = 0.4;

async function start(lifecycle: Lifecycle): Promise<void> {
  const config = loadConfig(paymentConfig);
  const meter = await startTelemetry('payment', config, lifecycle);
  const tokenKeys = config.ORDERLOG_TOKEN_KEYS;
  const provider = await openProvider({
    name: config.ORDERLOG_PROVIDER,
    stripeKey: config.ORDERLOG_STRIPE_SECRET_KEY,
    url: config.ORDERLOG_PROVIDER_URL,
    timeoutMs: config.ORDERLOG_PROVIDER_TIMEOUT_MS,
    halfOpenAfterMs: config.ORDERLOG_BREAKER_HALF_OPEN_SECONDS * 1_000,
    onBreaker: (state) => measureBreakers(meter, { provider: state }),
  });
  const charges = watchCharges();
  const listen = webhookListener(config, lifecycle);
  const reviewAfterMs = config.ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS * 1_000;
  await startWriteService(lifecycle, config, {
    certificates: openCertificates(config, lifecycle.logger),
    meter,
    model: paymentModel,
    stream: PAYMENTS,
    migrations: { scope: 'payment', folder: new URL('sql', import.meta.url).pathname },
    subscriptions: paymentSubscriptions,
    tasks: {
      [CHARGE_TASK]: chargeTask({ tokenKeys, provider, reviewAfterMs }),
      [REFUND_TASK]: refundTask({ provider }),
    },
    onCommitted: charges.onCommitted,
    ...(listen && { listen }),
    services: paymentService(tokenKeys, charges),
  });
  // Before the server waits for its calls to end.
  lifecycle.onStop('those who wait for charges', (remainingMs) => charges.close(remainingMs * WAIT_SHARE));
}

if (import.meta.main) runService('payment', start);

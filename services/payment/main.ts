/** The Payment service: charges what Catalog has reserved, through the provider. */
import { integer, keyring, loadConfig, url } from '../../platform/config.ts';
import { runService } from '../../platform/lifecycle.ts';
import { callerConfig, serviceConfig } from '../../platform/serviceConfig.ts';
import { startWriteService } from '../../platform/writeService.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import { watchCharges } from './chargeRpc.ts';
import { chargeTask } from './chargeTask.ts';
import { paymentService } from './grpc.ts';
import { paymentModel } from './model.ts';
import { createHttpProvider } from './provider/httpProvider.ts';
import { KEY_RETENTION_SECONDS } from './provider/provider.ts';
import { refundTask } from './refundTask.ts';
import { paymentSubscriptions } from './subscriptions.ts';
import { CHARGE_TASK, REFUND_TASK } from './tasks.ts';

/** Longer than one task's calls can last: none is under way when the provider forgets its key. */
const RETENTION_MARGIN_SECONDS = 900;

runService('payment', async (lifecycle) => {
  const config = loadConfig({
    ...serviceConfig,
    ...callerConfig,
    /** Opens what Order has sealed. */
    ORDERLOG_TOKEN_KEYS: keyring(),
    ORDERLOG_PROVIDER_URL: url('http://127.0.0.1:50065', ['http:', 'https:']),
    /** How long one call to the provider may take before its answer counts as unknown. */
    ORDERLOG_PROVIDER_TIMEOUT_MS: integer(100, 120_000, 'milliseconds').default(10_000),
    /** After this time without a definite answer an operator must find out what became of a charge. */
    ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS: integer(
      1,
      KEY_RETENTION_SECONDS - RETENTION_MARGIN_SECONDS,
      'seconds',
    ).default(82_800),
  });
  const tokenKeys = config.ORDERLOG_TOKEN_KEYS;
  const provider = createHttpProvider({
    url: config.ORDERLOG_PROVIDER_URL,
    timeoutMs: config.ORDERLOG_PROVIDER_TIMEOUT_MS,
    halfOpenAfterMs: config.ORDERLOG_BREAKER_HALF_OPEN_SECONDS * 1_000,
  });
  const charges = watchCharges();
  const reviewAfterMs = config.ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS * 1_000;
  await startWriteService(lifecycle, config, {
    model: paymentModel,
    stream: PAYMENTS,
    migrations: { scope: 'payment', folder: new URL('sql', import.meta.url).pathname },
    subscriptions: paymentSubscriptions,
    tasks: {
      [CHARGE_TASK]: chargeTask({ tokenKeys, provider, reviewAfterMs }),
      [REFUND_TASK]: refundTask({ provider }),
    },
    onCommitted: charges.onCommitted,
    services: paymentService(tokenKeys, charges),
  });
  // Before the server waits for its calls to end.
  lifecycle.onStop('those who wait for charges', () => charges.close());
});

/** The Payment service: charges what Catalog has reserved, through the provider. */
import { integer, keyring, loadConfig, url } from '../../platform/config.ts';
import { runService } from '../../platform/lifecycle.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { startWriteService } from '../../platform/writeService.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import { chargeTask } from './chargeTask.ts';
import { paymentService } from './grpc.ts';
import { CHARGE_TASK, paymentModel } from './model.ts';
import { createHttpProvider } from './provider/httpProvider.ts';
import { paymentSubscriptions } from './subscriptions.ts';

runService('payment', async (lifecycle) => {
  const config = loadConfig({
    ...serviceConfig,
    /** Opens what Order has sealed. */
    ORDERLOG_TOKEN_KEYS: keyring(),
    ORDERLOG_PROVIDER_URL: url('http://127.0.0.1:50065', ['http:', 'https:']),
    /** How long one call to the provider may take before its answer counts as unknown. */
    ORDERLOG_PROVIDER_TIMEOUT_MS: integer(100, 120_000, 'milliseconds').default(10_000),
  });
  const tokenKeys = config.ORDERLOG_TOKEN_KEYS;
  const provider = createHttpProvider({
    url: config.ORDERLOG_PROVIDER_URL,
    timeoutMs: config.ORDERLOG_PROVIDER_TIMEOUT_MS,
  });
  await startWriteService(lifecycle, config, {
    model: paymentModel,
    stream: PAYMENTS,
    migrations: { scope: 'payment', folder: new URL('sql', import.meta.url).pathname },
    subscriptions: paymentSubscriptions,
    tasks: { [CHARGE_TASK]: chargeTask({ tokenKeys, provider }) },
    services: paymentService(tokenKeys),
  });
});

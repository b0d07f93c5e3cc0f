/** The sandbox payment provider: stands where a real one would, over real HTTP, with a ledger that survives restarts. */
import { loadConfig } from '../../platform/config.ts';
import { type Lifecycle, runService } from '../../platform/lifecycle.ts';
import { startTelemetry } from '../../platform/telemetry/start.ts';
import { sandboxConfig } from './config.ts';
import { openLedger } from './ledger.ts';
import { createSandboxServer } from './server.ts';

async function start(lifecycle: Lifecycle): Promise<void> {
  const { logger, onStop, ready } = lifecycle;
  const config = loadConfig(sandboxConfig);
  await startTelemetry('sandbox', config, lifecycle);
  const ledger = await openLedger(config.ORDERLOG_PROVIDER_DATA);
  onStop('the ledger', () => ledger.close());
  const { ORDERLOG_PROVIDER_WEBHOOK_URL: webhookUrl, ORDERLOG_WEBHOOK_SECRETS: secrets } = config;
  const [secret] = secrets ?? [];
  const server = createSandboxServer(ledger, {
    lateMs: config.ORDERLOG_PROVIDER_LATE_MS,
    webhooks: config.ORDERLOG_PROVIDER_WEBHOOKS,
    ...(webhookUrl && secret && { webhookTarget: { url: webhookUrl, secret } }),
  });
  onStop('the HTTP server', () => server.close());
  await server.listen(config.ORDERLOG_PROVIDER_LISTEN);
  logger.info(config.ORDERLOG_PROVIDER_LISTEN, 'listening');
  ready();
}

if (import.meta.main) runService('sandbox', start);

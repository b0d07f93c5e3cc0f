/** The Catalog service: keeps items and stock, and holds goods for orders. */
import { loadConfig } from '../../platform/config.ts';
import { type Lifecycle, runService } from '../../platform/lifecycle.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { startTelemetry } from '../../platform/telemetry/start.ts';
import { openCertificates } from '../../platform/tls/certificates.ts';
import { startWriteService } from '../../platform/writeService/start.ts';
import { CATALOG } from '../../proto/streams.ts';
import { catalogService } from './grpc.ts';
import { catalogModel } from './model.ts';
import { catalogSubscriptions } from './subscriptions.ts';

async function start(lifecycle: Lifecycle): Promise<void> {
  const config = loadConfig(serviceConfig);
  await startWriteService(lifecycle, config, {
    certificates: openCertificates(config, lifecycle.logger),
    meter: await startTelemetry('catalog', config, lifecycle),
    model: catalogModel,
    stream: CATALOG,
    migrations: { scope: 'catalog', folder: new URL('sql', import.meta.url).pathname },
    subscriptions: catalogSubscriptions,
    services: catalogService,
  });
}

if (import.meta.main) runService('catalog', start);

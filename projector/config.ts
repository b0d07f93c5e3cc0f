/** The settings of the projector. */
import { serviceTokenConfig } from '../platform/access/serviceToken.ts';
import { commonConfig, healthListen, listenAddress, serviceAddress, text, url } from '../platform/config.ts';
import { databaseUrl } from '../platform/databaseUrl.ts';
import { natsUrl } from '../platform/log/natsServers.ts';
import { telemetryConfig } from '../platform/telemetry/config.ts';
import { elasticsearchTlsConfig, natsTlsConfig, tlsConfig } from '../platform/tls/settings.ts';

export const projectorConfig = {
  ...commonConfig,
  ...serviceTokenConfig,
  ...tlsConfig,
  ...natsTlsConfig,
  ...elasticsearchTlsConfig,
  ORDERLOG_NATS_URL: natsUrl().describe('The log.'),
  ORDERLOG_ELASTICSEARCH_URL: url('http://127.0.0.1:9200', ['http:', 'https:']).describe('The read model.'),
  ORDERLOG_DATABASE_URL: databaseUrl('analytics').describe(
    'The analytics database, as the role that writes it.',
  ),
  ORDERLOG_MIGRATION_DATABASE_URL: databaseUrl('analytics_owner', 'analytics')
    .optional()
    .describe(
      'The same database, as its owner. Set: tables that are missing are made. Not set: `orderlog migrate` has made them.',
    ),
  ORDERLOG_READER_ROLE: text('the name of a database role')
    .default('analytics_reader')
    .describe('The role as which the gateway reads the analytics database.'),
  ORDERLOG_ORDER_ADDRESS: serviceAddress('Order', '127.0.0.1:50051').describe(
    'The Order service, which has the events of an order whose history here has a gap.',
  ),
  ORDERLOG_GRPC_LISTEN: listenAddress()
    .optional()
    .describe('Where its health is answered over gRPC; not set: nowhere.'),
  ORDERLOG_HEALTH_LISTEN: healthListen(),
  ...telemetryConfig,
};

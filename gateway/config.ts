/** The settings of the gateway. */
import { serviceTokenConfig } from '../platform/access/serviceToken.ts';
import { accessConfig } from '../platform/access/settings.ts';
import {
  choice,
  commonConfig,
  file,
  healthListen,
  integer,
  listenAddress,
  secretKey,
  serviceAddress,
  text,
  url,
} from '../platform/config.ts';
import { databaseUrl } from '../platform/databaseUrl.ts';
import { grpcConfig } from '../platform/grpc/settings.ts';
import { natsUrl } from '../platform/log/natsServers.ts';
import { telemetryConfig } from '../platform/telemetry/config.ts';
import { elasticsearchTlsConfig, natsTlsConfig, tlsConfig } from '../platform/tls/settings.ts';
import { READ_HALF_OPEN_MS } from './queries/guard.ts';
import { READS } from './queries/orderQueries.ts';

export const MAX_BODY_BYTES = 1_024 ** 2;

export const gatewayConfig = {
  ...commonConfig,
  ...tlsConfig,
  ...natsTlsConfig,
  ...elasticsearchTlsConfig,
  ...accessConfig,
  ...serviceTokenConfig,
  ORDERLOG_GRPC_LISTEN: listenAddress().describe('Where gRPC is answered.'),
  ORDERLOG_HEALTH_LISTEN: healthListen(),
  ...grpcConfig,
  ORDERLOG_HTTP_LISTEN: listenAddress().describe('Where HTTP is answered.'),
  ORDERLOG_HTTP_BODY_MAX_BYTES: integer(1_024, 16 * 1_024 ** 2, 'bytes')
    .default(MAX_BODY_BYTES)
    .describe('The largest body of a request over HTTP; above it is 413.'),
  ORDERLOG_HTTP_HOST_NAMES: text('names of hosts, separated by commas, such as orderlog.test')
    .optional()
    .describe(
      'By which names HTTP may be asked where nobody needs a token, beside localhost and IP addresses; by another it is 421, ' +
        'since a page in a browser may have made it resolve to this machine.',
    ),
  ORDERLOG_HTTP_CERT_FILE: file(
    'the certificate that browsers are shown, with what leads from it to its CA, in PEM',
  )
    .optional()
    .describe('With its key, HTTP is HTTPS. Read again when it changes.'),
  ORDERLOG_HTTP_KEY_FILE: file('the key of that certificate, in PEM, not encrypted')
    .optional()
    .describe('The key of ORDERLOG_HTTP_CERT_FILE.'),
  ORDERLOG_NATS_URL: natsUrl().describe('The log: where changes of orders are heard of.'),
  ORDERLOG_READS: choice(READS)
    .default('projection')
    .describe(
      'Where reads of orders come from: the read model in Elasticsearch, or the Order service itself.',
    ),
  ORDERLOG_ELASTICSEARCH_URL: url('http://127.0.0.1:9200', ['http:', 'https:'])
    .optional()
    .describe('The read model; needed for reads from the projection.'),
  ORDERLOG_BREAKER_HALF_OPEN_SECONDS: integer(1, 3_600, 'seconds')
    .default(READ_HALF_OPEN_MS / 1_000)
    .describe('How long the breaker of reads from Elasticsearch, once it has opened, lets none through.'),
  ORDERLOG_ANALYTICS_DATABASE_URL: databaseUrl('analytics_reader', 'analytics')
    .optional()
    .describe(
      'The analytics database, as a role that may read it; not set: summaries of sales are not offered.',
    ),
  ORDERLOG_ORDER_ADDRESS: serviceAddress('Order', '127.0.0.1:50051').describe('The Order service.'),
  ORDERLOG_CATALOG_ADDRESS: serviceAddress('Catalog', '127.0.0.1:50052').describe('The Catalog service.'),
  ORDERLOG_PAYMENT_ADDRESS: serviceAddress('Payment', '127.0.0.1:50053').describe('The Payment service.'),
  ORDERLOG_CONSISTENCY_KEY: secretKey().describe('Checks consistency tokens; Order has the same.'),
  ...telemetryConfig,
};

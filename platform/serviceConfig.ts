/** The settings that every service with a write side has (writeService/). */
import { accessConfig } from './access/settings.ts';
import { type Config, commonConfig, healthListen, integer, listenAddress } from './config.ts';
import { databaseUrl } from './databaseUrl.ts';
import { grpcConfig } from './grpc/settings.ts';
import { natsUrl } from './log/natsServers.ts';
import { MAX_BATCH_MESSAGES } from './log/publish.ts';
import { telemetryConfig } from './telemetry/config.ts';
import { natsTlsConfig, tlsConfig } from './tls/settings.ts';

const GIB = 1024 ** 3;

export const serviceConfig = {
  ...commonConfig,
  ...tlsConfig,
  ...natsTlsConfig,
  ...accessConfig,
  ORDERLOG_DATABASE_URL: databaseUrl('order').describe(
    "The service's database, as the role that it runs as, which may do only what the migrations grant.",
  ),
  ORDERLOG_MIGRATION_DATABASE_URL: databaseUrl('order_owner', 'order')
    .optional()
    .describe(
      'The same database, as its owner. Set: migrations run at start. Not set: `orderlog migrate` has run them.',
    ),
  ORDERLOG_DATABASE_CONNECTIONS: integer(4, 100, 'connections')
    .default(8)
    .describe('Of each of the two pools: that of rpcs, and that of all that drains the system.'),
  ORDERLOG_NATS_URL: natsUrl().describe('The log.'),
  ORDERLOG_GRPC_LISTEN: listenAddress().describe('Where gRPC is answered.'),
  ORDERLOG_HEALTH_LISTEN: healthListen(),
  ...grpcConfig,
  ORDERLOG_STREAM_MAX_BYTES: integer(1024 ** 2, 1024 * GIB, 'bytes')
    .default(4 * GIB)
    .describe(
      "Where the service's stream is made: the bound at which it refuses more. Of a stream that is there `orderlog stream grow` raises it, and nothing lowers it; one that is lower than this is told of in the log.",
    ),
  ORDERLOG_STREAM_REPLICAS: integer(1, 5, 'replicas')
    .default(1)
    .describe(
      'Where the stream is made: on how many nodes each message is kept. Fewer found: the service stays closed.',
    ),
  ORDERLOG_BACKLOG_MAX_EVENTS: integer(1_000, 100_000_000, 'events')
    .default(200_000)
    .describe('Events that may wait for the log before new sagas are refused.'),
  ORDERLOG_BATCH_MAX: integer(1, MAX_BATCH_MESSAGES, 'commands, events and messages')
    .default(MAX_BATCH_MESSAGES)
    .describe(
      'What is done together at most: commands in a transaction, events in a publish, messages in a fetch. 1 is the naive design, a transaction a command and an acknowledgement a message, and is there to be compared with (`npm run bench`).',
    ),
  ...telemetryConfig,
  ORDERLOG_TIMER_MARGIN_MS: integer(0, 600_000, 'milliseconds')
    .default(5_000)
    .describe("How far the clocks of the services' databases may differ: deadlines act that much later."),
};

/** Of those that call others, each through a circuit breaker (breaker.ts). */
export const callerConfig = {
  ORDERLOG_BREAKER_HALF_OPEN_SECONDS: integer(1, 3_600, 'seconds')
    .default(30)
    .describe('How long a breaker that has opened lets no call through.'),
};

export type ServiceConfig = Config<typeof serviceConfig>;

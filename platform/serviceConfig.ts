/** The settings that every service with a write side has (writeService.ts). */
import { type Config, commonConfig, integer, listenAddress, url, urls } from './config.ts';
import { MAX_BATCH_MESSAGES } from './log/publish.ts';

const GIB = 1024 ** 3;
const postgres = ['postgres:', 'postgresql:'];

export const serviceConfig = {
  ...commonConfig,
  ORDERLOG_DATABASE_URL: url('postgres://order:secret@127.0.0.1:5432/order', postgres),
  /** The owner's. Set: migrations run at start. Not set: somebody else has run them. */
  ORDERLOG_MIGRATION_DATABASE_URL: url(
    'postgres://order_owner:secret@127.0.0.1:5432/order',
    postgres,
  ).optional(),
  /** Connections of each of the two pools: rpcs, and all that drains the system. */
  ORDERLOG_DATABASE_CONNECTIONS: integer(4, 100, 'connections').default(8),
  ORDERLOG_NATS_URL: urls('nats://127.0.0.1:4222', ['nats:', 'tls:']),
  ORDERLOG_GRPC_LISTEN: listenAddress(),
  /** Where the stream is made: the bound at which it refuses more, and its replicas. */
  ORDERLOG_STREAM_MAX_BYTES: integer(1024 ** 2, 1024 * GIB, 'bytes').default(4 * GIB),
  ORDERLOG_STREAM_REPLICAS: integer(1, 5, 'replicas').default(1),
  /** Events that may wait for the log before new sagas are refused. */
  ORDERLOG_BACKLOG_MAX_EVENTS: integer(1_000, 100_000_000, 'events').default(200_000),
  /**
   * What is done together at most: commands in a transaction, events in a publish, messages in a fetch. 1 is the naive design, a
   * transaction a command and an acknowledgement a message, and is there to be compared with (bench/bench/).
   */
  ORDERLOG_BATCH_MAX: integer(1, MAX_BATCH_MESSAGES, 'commands, events and messages').default(
    MAX_BATCH_MESSAGES,
  ),
  /** How far the clocks of the services' databases may differ: deadlines act that much later. */
  ORDERLOG_TIMER_MARGIN_MS: integer(0, 600_000, 'milliseconds').default(5_000),
};

/** Of those that call others, each through a circuit breaker (breaker.ts). */
export const callerConfig = {
  /** How long a breaker that has opened lets no call through. */
  ORDERLOG_BREAKER_HALF_OPEN_SECONDS: integer(1, 3_600, 'seconds').default(30),
};

export type ServiceConfig = Config<typeof serviceConfig>;

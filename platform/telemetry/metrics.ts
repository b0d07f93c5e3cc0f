/** The catalogue of the platform's metrics. Those of the domain stand beside what they tell of (services/order/metrics.ts, ...). */
import { metric } from './meter.ts';

export const DURATIONS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const DELAYS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300] as const;
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;
const CALLS_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const;

const OUTCOME = 'ok, or error';
const SOURCE = 'what the commands came by: rpc, consumer, task, timer';
const STREAM = 'name of the stream';
const CONSUMER = 'name of a subscription';
const PARTITIONS = 'the range, such as 0-255; as many as replicas share them';
const STATES = 'closed, half-open, open';

/** Of every process that answers gRPC. */
export const grpcMetrics = {
  calls: metric({
    name: 'orderlog_grpc_call_duration_seconds',
    type: 'histogram',
    help: 'Calls over gRPC that were answered; streams until they end.',
    labels: { method: 'full name in the contract', code: "gRPC's name" },
    buckets: DURATIONS_S,
  }),
};

/** Of every process that calls others through a breaker. */
export const breakerMetrics = {
  state: metric({
    name: 'orderlog_breaker_state',
    type: 'gauge',
    help: '1 for the state that a circuit breaker is in.',
    labels: { breaker: 'what is called through it', state: STATES },
  }),
};

/** Of every process that shows others a token of its own. */
export const tokenMetrics = {
  issued: metric({
    name: 'orderlog_service_token_issued_timestamp_seconds',
    type: 'gauge',
    help: 'When the token that the process shows to others was issued, or read where it does not say so, in Unix time; without a value: it shows none.',
    labels: {},
  }),
  expiry: metric({
    name: 'orderlog_service_token_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When that token expires, in Unix time; without a value: it shows none.',
    labels: {},
  }),
};

/** Of every process with a pool of connections to PostgreSQL. */
export const poolMetrics = {
  connections: metric({
    name: 'orderlog_pool_connections',
    type: 'gauge',
    help: 'Connections to PostgreSQL.',
    labels: { pool: 'name of a pool', state: 'idle, used' },
  }),
  limit: metric({
    name: 'orderlog_pool_limit_connections',
    type: 'gauge',
    help: 'Connections that a pool may have.',
    labels: { pool: 'name of a pool' },
  }),
  waiting: metric({
    name: 'orderlog_pool_waiting',
    type: 'gauge',
    help: 'Work that waits for a connection.',
    labels: { pool: 'name of a pool' },
  }),
};

/** Of every service with a write side. */
export const writeMetrics = {
  gateOpen: metric({
    name: 'orderlog_log_gate_open',
    type: 'gauge',
    help: '1: log and database match, and the service works; 0: it is closed, and says why in its log.',
    labels: {},
  }),
  dependencyUp: metric({
    name: 'orderlog_dependency_up',
    type: 'gauge',
    help: '1: what the process needs could be used when it was last looked at.',
    labels: { dependency: 'postgres, nats' },
  }),
  queueDepth: metric({
    name: 'orderlog_command_queue_commands',
    type: 'gauge',
    help: 'Commands that wait for a flush.',
    labels: {},
  }),
  batchCommands: metric({
    name: 'orderlog_batch_commands',
    type: 'histogram',
    help: 'Commands of a batch, which is one transaction.',
    labels: { source: SOURCE },
    buckets: SIZES,
  }),
  batchSeconds: metric({
    name: 'orderlog_batch_duration_seconds',
    type: 'histogram',
    help: 'From the begin of a batch to its COMMIT, retries included.',
    labels: { source: SOURCE, outcome: OUTCOME },
    buckets: DURATIONS_S,
  }),
  events: metric({
    name: 'orderlog_events_committed_total',
    type: 'counter',
    help: 'Events that were committed.',
    labels: { type: "the message's short name" },
  }),
  outboxEvents: metric({
    name: 'orderlog_outbox_events',
    type: 'gauge',
    help: 'Events that are committed and not in the log yet; every replica tells the same.',
    labels: {},
  }),
  outboxAge: metric({
    name: 'orderlog_outbox_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest of them; 0: there is none.',
    labels: {},
  }),
  relayLeader: metric({
    name: 'orderlog_relay_leader',
    type: 'gauge',
    help: '1: this process publishes; of all replicas one does.',
    labels: {},
  }),
  relayFailing: metric({
    name: 'orderlog_relay_failing',
    type: 'gauge',
    help: '1: this process would publish and cannot.',
    labels: {},
  }),
  publishEvents: metric({
    name: 'orderlog_publish_events',
    type: 'histogram',
    help: 'Events of a batch that was published to the log.',
    labels: {},
    buckets: SIZES,
  }),
  publishSeconds: metric({
    name: 'orderlog_publish_duration_seconds',
    type: 'histogram',
    help: 'From the begin of a publish to its acknowledgement.',
    labels: { outcome: OUTCOME },
    buckets: DURATIONS_S,
  }),
  streamBytes: metric({
    name: 'orderlog_stream_bytes',
    type: 'gauge',
    help: 'What the messages of its own stream take; every replica tells the same.',
    labels: { stream: STREAM },
  }),
  streamLimit: metric({
    name: 'orderlog_stream_limit_bytes',
    type: 'gauge',
    help: 'The bound at which its own stream refuses more, as the server has it; every replica tells the same.',
    labels: { stream: STREAM },
  }),
  lagEvents: metric({
    name: 'orderlog_consumer_lag_events',
    type: 'gauge',
    help: 'Events of the log that wait for a consumer in a range of partitions: its share of what lies beyond its checkpoint; every replica tells of all.',
    labels: { consumer: CONSUMER, partitions: PARTITIONS },
  }),
  lagSeconds: metric({
    name: 'orderlog_consumer_lag_seconds',
    type: 'gauge',
    help: 'How long ago happened what a consumer handled last in a range of its own; 0: nothing waits.',
    labels: { consumer: CONSUMER, partitions: PARTITIONS },
  }),
  consumerDelay: metric({
    name: 'orderlog_consumer_delay_seconds',
    type: 'histogram',
    help: 'From the commit of an event to that of its effects, of the oldest event of each batch.',
    labels: { consumer: CONSUMER },
    buckets: DELAYS_S,
  }),
  consumerEvents: metric({
    name: 'orderlog_consumer_events_total',
    type: 'counter',
    help: 'Events that were handled, or parked.',
    labels: { consumer: CONSUMER },
  }),
  consumerStopped: metric({
    name: 'orderlog_consumer_stopped',
    type: 'gauge',
    help: '1: it does not read now, and says why in its status.',
    labels: { consumer: CONSUMER },
  }),
  parked: metric({
    name: 'orderlog_parked_aggregates',
    type: 'gauge',
    help: 'Aggregates with events that could not be handled and wait for somebody; every replica tells the same.',
    labels: { consumer: CONSUMER },
  }),
  openTasks: metric({
    name: 'orderlog_tasks_open',
    type: 'gauge',
    help: 'Calls to the outside that have no result yet; every replica tells the same.',
    labels: { kind: 'of the task' },
  }),
  taskAge: metric({
    name: 'orderlog_tasks_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest of them.',
    labels: { kind: 'of the task' },
  }),
  taskCalls: metric({
    name: 'orderlog_task_call_duration_seconds',
    type: 'histogram',
    help: 'Calls to the outside, retries within a call included.',
    labels: { kind: 'of the task', outcome: 'ok: a definite answer; again: none; error: it threw' },
    buckets: CALLS_S,
  }),
  timersDue: metric({
    name: 'orderlog_timers_due',
    type: 'gauge',
    help: 'Timers whose time has come and that have not fired; every replica tells the same.',
    labels: {},
  }),
  timerHorizon: metric({
    name: 'orderlog_timer_horizon_age_seconds',
    type: 'gauge',
    help: 'How far the time up to which timers may fire is behind; without a value: none may fire.',
    labels: {},
  }),
};

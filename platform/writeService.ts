/**
 * Puts a service with a write side together: database, log, relay, command queue, consumers, tasks and gRPC server, in the
 * order in which they need one another; a stop undoes it in reverse: no new calls, queued commands finished, consumers and
 * tasks at rest, what is committed published, connections closed.
 *
 * rpcs and all that drains the system (consumers, tasks, relay) have pools of their own: overload sheds only new sagas.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openAccess } from './access/settings.ts';
import { type Clock, databaseClock } from './clock.ts';
import type { Writer } from './commandBatch.ts';
import { type CommandQueue, createCommandQueue, DEFAULT_LIMITS, type QueueLimits } from './commandQueue.ts';
import { startConsumer } from './consume/consumer.ts';
import { reactTo } from './consume/reactions.ts';
import { createReplay, type Replay } from './consume/replay.ts';
import { type Database, openDatabase } from './database.ts';
import { healthName, watchDependencies } from './dependencies.ts';
import type { OrderlogError } from './errors.ts';
import type { AnyEvent, StoredEvent } from './events.ts';
import type { Envelope, Outcome } from './fold.ts';
import { mutual } from './grpc/credentials.ts';
import { type Ops, opsOf, opsService } from './grpc/ops.ts';
import { createGrpcServer } from './grpc/server.ts';
import type { OfferedService } from './grpc/service.ts';
import { grpcBoundsOf } from './grpc/settings.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type Backlog, watchBacklog } from './log/backlog.ts';
import { connectLog } from './log/connection.ts';
import { HEADER_ROOM_BYTES } from './log/headers.ts';
import { createKnownRecord, type KnownRecord } from './log/knownRecord.ts';
import { startLogGate } from './log/logGate.ts';
import { startRelay } from './log/relay.ts';
import { watermarkBucket } from './log/watermarkBucket.ts';
import { startWatermarks } from './log/watermarks.ts';
import type { Logger } from './logging.ts';
import type { MigrationSource } from './migrate.ts';
import type { Policies } from './policies.ts';
import { migrateWhenReachable, untilMigrated } from './schema.ts';
import type { ServiceConfig } from './serviceConfig.ts';
import { startTaskWorker, type TaskHandler } from './taskWorker.ts';
import {
  measureBatches,
  measureCalls,
  measureConsumers,
  measurePublishes,
  measureTasks,
} from './telemetry/measure.ts';
import { measurePools } from './telemetry/measureOthers.ts';
import { measureState } from './telemetry/measureState.ts';
import type { Meter } from './telemetry/meter.ts';
import { both, type Observe } from './telemetry/observe.ts';
import type { OpenSpan } from './telemetry/tracer.ts';
import {
  traceBatches,
  tracedCall,
  tracedHandle,
  tracedQueue,
  tracePublishes,
} from './telemetry/writeSpans.ts';
import { startTimerWorker, type TimerCommand } from './timers/timerWorker.ts';
import type { Certificates } from './tls/certificates.ts';
import { natsTlsOf } from './tls/settings.ts';
import type { WriteModel } from './writeModel.ts';

/** A stream of the log, and whose events stand in it. */
export interface StreamName {
  /** Such as ORDERS. */
  readonly name: string;
  /** First token of its subjects. */
  readonly subjectPrefix: string;
}

/** A stream that the service reacts to. */
export interface Subscription<C> {
  /** Unique in the service's database. */
  readonly name: string;
  readonly stream: StreamName;
  readonly policies: Policies<C>;
}

/** What a service's handlers are made with. */
export interface ServiceParts<S, C> {
  /** For reads. */
  readonly db: Database;
  readonly queue: CommandQueue<S, C>;
  readonly clock: Clock;
  readonly backlog: Backlog;
  /** Where its own relay, consumers and timers stand, and what is parked. */
  readonly ops: Pick<Ops, 'listParkedEvents' | 'getRelayStatus' | 'getConsumerStatus' | 'getTimerStatus'>;
  /** Why nothing is taken now, whoever asks: the log gate is closed. */
  readonly refusal: () => OrderlogError | undefined;
  readonly logger: Logger;
}

/** What is particular to one service. */
export interface WriteServiceSpec<S, C, E extends AnyEvent> {
  /** Of the process (telemetry/start.ts). */
  readonly meter: Meter;
  /** Told of each batch of commands, and how it ended. */
  readonly observe?: Observe<readonly Envelope<S, C>[], readonly Outcome<S>[]>;
  readonly model: WriteModel<S, C, E>;
  readonly stream: StreamName;
  /** Sagas begin here: this stream's watermark waits for no other (log/watermark.ts). */
  readonly isSource?: boolean;
  /** The service's own migrations, run after the platform's. */
  readonly migrations: MigrationSource;
  readonly subscriptions: readonly Subscription<C>[];
  readonly tasks?: Readonly<Record<string, TaskHandler<S, C>>>;
  /** The command that a due timer becomes, by its kind. */
  readonly timers?: Readonly<Record<string, TimerCommand<C>>>;
  readonly services: (parts: ServiceParts<S, C>) => readonly OfferedService[];
  /** Brings rows up to what this version reads in them: after the migrations, and before anything else runs. */
  readonly prepare?: (db: Database, logger: Logger, signal: AbortSignal) => Promise<unknown>;
  /** Takes commands in another way than gRPC, from here on. */
  readonly listen?: (parts: ServiceParts<S, C>) => Promise<void>;
  /** Told of the events of each COMMIT of this process. Must not throw. */
  readonly onCommitted?: (events: readonly StoredEvent[]) => void;
  /** The process's own; undefined: gRPC is in the clear. */
  readonly certificates: Certificates | undefined;
}

const PLATFORM_MIGRATIONS: MigrationSource = {
  scope: 'platform',
  folder: join(import.meta.dirname, 'sql'),
};
/** Of each kind. Each in hand holds a payment or the like: enough to keep a provider busy, few enough to give back. */
const TASK_CONCURRENCY = 64;
const TASK_LEASE_MS = 30_000;
const TASK_POLL_MS = 500;
const TIMER_POLL_MS = 1_000;

/** Starts the service and says that it is ready. Throws what keeps it from starting. */
export async function startWriteService<S, C, E extends AnyEvent>(
  lifecycle: Lifecycle,
  config: ServiceConfig,
  spec: WriteServiceSpec<S, C, E>,
): Promise<void> {
  const { logger } = lifecycle;
  const { ORDERLOG_GRPC_LISTEN } = config;
  const access = openAccess(config, { ORDERLOG_GRPC_LISTEN }, logger);
  lifecycle.onStop('the keys of tokens', () => access.stop());
  const stopping = new AbortController();
  const { model, meter } = spec;
  const maxBatch = config.ORDERLOG_BATCH_MAX;
  const holder = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

  await haveSchema(config, [PLATFORM_MIGRATIONS, spec.migrations], logger, stopping.signal);
  if (stopping.signal.aborted) return;
  let recheck = (_why: string): void => undefined;
  const known = createKnownRecord(spec.stream.name, (why) => recheck(why));
  const onPool = measurePools(meter);
  const rpcDb = openPool(config, `${model.service}-rpc`, { known, onPool }, lifecycle);
  const db = openPool(config, model.service, { known, onPool }, lifecycle);
  const clock = await databaseClock(db, stopping.signal, {
    onError: (error) =>
      logger.warn({ err: error }, "the database's clock cannot be read; going on by our own"),
  });
  await spec.prepare?.(db, logger, stopping.signal);

  const connection = await connectLog({
    url: config.ORDERLOG_NATS_URL,
    tls: natsTlsOf(config),
    name: holder,
    logger,
    signal: stopping.signal,
  });
  lifecycle.onStop('the connection to NATS', () => connection.close());
  const stream = {
    name: spec.stream.name,
    subjectPrefix: spec.stream.subjectPrefix,
    maxBytes: config.ORDERLOG_STREAM_MAX_BYTES,
    replicas: config.ORDERLOG_STREAM_REPLICAS,
  };
  const observePublish = both(measurePublishes(meter), tracePublishes(stream.name));
  const log = { service: model.service, spec: stream, db, connection, onRecord: known.note };
  const gate = startLogGate(log, logger);
  recheck = gate.recheck;
  lifecycle.onStop('the log gate', () => gate.stop());
  const backlog = watchBacklog(db, config.ORDERLOG_BACKLOG_MAX_EVENTS, logger);
  lifecycle.onStop('the backlog watch', () => backlog.stop());
  const relay = startRelay({ ...log, holder, gate, logger, maxBatch, observe: observePublish });
  lifecycle.onStop('the relay', (remainingMs) => relay.stop(remainingMs / 2));

  const commits = new Map<string, OpenSpan>();
  const measured = measureBatches(meter);
  const observeBatches = (source: string) => {
    const usual = both(measured(source), traceBatches(source, commits));
    return spec.observe ? both(spec.observe, usual) : usual;
  };
  const writer = (source: string, pool: Database = db): Writer<S, C, E> => ({
    db: pool,
    model,
    observe: observeBatches(source),
    maxPayloadBytes: connection.maxPayloadBytes() - HEADER_ROOM_BYTES,
    claim: () => worker?.claim(),
    onCommitted(events) {
      relay.nudge();
      spec.onCommitted?.(events);
    },
  });
  const measuredCall = measureTasks(meter);
  const worker =
    spec.tasks &&
    startTaskWorker({
      holder,
      writer: writer('task'),
      handlers: watchedTasks(measuredCall, spec.tasks),
      gate,
      clock,
      logger,
      concurrency: TASK_CONCURRENCY,
      leaseMs: TASK_LEASE_MS,
      pollMs: TASK_POLL_MS,
    });
  if (worker) lifecycle.onStop('the task worker', (remainingMs) => worker.stop(remainingMs / 3));

  const watermarks = startWatermarks({
    db,
    bucket: watermarkBucket(connection, stream.replicas),
    gate,
    relay,
    logger,
    stream: stream.name,
    isSource: spec.isSource ?? false,
    subscriptions: spec.subscriptions.map((each) => ({ consumer: each.name, stream: each.stream.name })),
    marginMs: config.ORDERLOG_TIMER_MARGIN_MS,
  });
  lifecycle.onStop('the watermarks', () => watermarks.stop());
  if (spec.timers) {
    const timerWorker = startTimerWorker({
      writer: writer('timer'),
      commands: spec.timers,
      horizon: () => watermarks.status().horizon,
      gate,
      clock,
      logger,
      pollMs: TIMER_POLL_MS,
    });
    lifecycle.onStop('the timer worker', () => timerWorker.stop());
  }

  const handled = measureConsumers(meter);
  const replays = new Map<string, Replay>();
  const consumers = spec.subscriptions.map(({ name, stream: { name: stream, subjectPrefix }, policies }) => {
    const reaction = { ...policies, consumer: name, writer: writer('consumer'), clock, logger };
    const handle = handled.handle(name, tracedHandle(name, reactTo(reaction)));
    replays.set(name, createReplay(reaction));
    const consumer = startConsumer({
      name,
      stream,
      subjectPrefix,
      owner: holder,
      db,
      connection,
      gate,
      logger,
      handle,
      maxBatch,
    });
    lifecycle.onStop(`the consumer ${name}`, () => consumer.stop());
    return consumer;
  });

  const flushed = createCommandQueue(writer('rpc', rpcDb), clock, limitsOf(config));
  const queue = tracedQueue(flushed, stream.name, commits);
  const ops = opsOf({ db, stream: stream.name, relay, backlog, consumers, replays, watermarks });
  const needs = [
    { name: 'postgres', look: () => sql`select 1`.execute(db) },
    { name: 'nats', look: () => connection.roundTrip() },
  ];
  const refusal = () => gate.reason();
  const parts: ServiceParts<S, C> = { db: rpcDb, queue, clock, backlog, ops, refusal, logger };
  const server = createGrpcServer({
    logger,
    listen: ORDERLOG_GRPC_LISTEN,
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
    admit: access.admit,
    rate: access.rate,
    gate: refusal,
    healthListen: config.ORDERLOG_HEALTH_LISTEN,
    tls: mutual(spec.certificates),
    bounds: grpcBoundsOf(config),
    shed: (...call) => backlog.refusal() ?? queue.refusal(...call),
    answered: measureCalls(meter),
    dependencies: needs.map(({ name }) => healthName(name)),
    services: [...spec.services(parts), opsService(ops)],
  });
  lifecycle.onStop('the command queue', () => queue.drain());
  const needed = watchDependencies(needs, {
    logger,
    onChange(name, up) {
      server.health.setServing(healthName(name), up);
      tellHealth();
    },
  });
  lifecycle.onStop('the watch of dependencies', () => needed.stop());
  measureState(meter, {
    db,
    holder,
    gate,
    relay,
    backlog,
    queue,
    ops,
    dependencies: needs.map(({ name }) => name),
    isUp: needed.isUp,
    lastTime: handled.lastTime,
    kinds: Object.keys(spec.tasks ?? {}),
  });
  // Without NATS commands are still taken, up to the backlog's bound; without the database none is.
  const tellHealth = () => {
    if (!stopping.signal.aborted) server.health.setServing('', gate.isOpen() && needed.isUp('postgres'));
  };
  gate.onChange(tellHealth);
  tellHealth();
  lifecycle.onStop('the gRPC server', (remainingMs) => {
    stopping.abort();
    return server.drain(remainingMs / 2);
  });
  const port = await server.start();
  await spec.listen?.(parts);
  await gate.whenOpen(stopping.signal);
  if (stopping.signal.aborted) return;
  logger.info({ port, holder }, `${model.service} is up`);
  lifecycle.ready();
}

/** Their calls are counted, and traced. */
function watchedTasks<S, C>(
  measured: ReturnType<typeof measureTasks>,
  handlers: Readonly<Record<string, TaskHandler<S, C>>>,
): Readonly<Record<string, TaskHandler<S, C>>> {
  const watched = ([kind, handler]: [string, TaskHandler<S, C>]) =>
    [kind, measured(kind, tracedCall(kind, handler))] as const;
  return Object.fromEntries(Object.entries(handlers).map(watched));
}

/** A transaction a command (ORDERLOG_BATCH_MAX=1) comes in as many at once as there are connections. */
function limitsOf({ ORDERLOG_BATCH_MAX: max, ORDERLOG_DATABASE_CONNECTIONS }: ServiceConfig): QueueLimits {
  const limits = { ...DEFAULT_LIMITS, maxBatch: Math.min(max, DEFAULT_LIMITS.maxBatch) };
  return max === 1
    ? { ...limits, maxFlushes: ORDERLOG_DATABASE_CONNECTIONS, everyMs: 0, overtakeMs: 0 }
    : limits;
}

function openPool(
  config: ServiceConfig,
  applicationName: string,
  { known, onPool }: { readonly known: KnownRecord; readonly onPool: ReturnType<typeof measurePools> },
  { logger, onStop }: Lifecycle,
): Database {
  const db = openDatabase({
    url: config.ORDERLOG_DATABASE_URL,
    applicationName: `orderlog-${applicationName}`,
    maxConnections: config.ORDERLOG_DATABASE_CONNECTIONS,
    prepare: true,
    onIdleError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
    onPool: (counts) => onPool(applicationName, counts),
    verify: known.verify,
  });
  onStop(`the pool ${applicationName}`, () => db.destroy());
  return db;
}

/** By the owner, if we are told who that is. */
async function haveSchema(
  { ORDERLOG_MIGRATION_DATABASE_URL: url, ORDERLOG_DATABASE_URL: own }: ServiceConfig,
  sources: readonly MigrationSource[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (url === undefined) {
    const db = openDatabase({ url: own, applicationName: 'orderlog-schema', maxConnections: 1 });
    try {
      return await untilMigrated(db, sources, logger, signal);
    } finally {
      await db.destroy();
    }
  }
  const runtimeRole = decodeURIComponent(new URL(own).username);
  const onWait = (error: unknown) =>
    logger.warn({ err: error }, 'the database cannot be reached yet, trying on');
  const applied = await migrateWhenReachable({ url, runtimeRole, sources, onWait }, signal);
  if (applied.length > 0) logger.info({ applied }, 'migrated');
}

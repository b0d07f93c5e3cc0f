/** What a service does of its own accord: tasks, timers, and what its consumers make of others' events. */
import type { Clock } from '../clock.ts';
import type { Writer } from '../commandBatch.ts';
import { type Consumer, startConsumer } from '../consume/consumer.ts';
import { reactTo } from '../consume/reactions.ts';
import { createReplay, type Replay } from '../consume/replay.ts';
import type { Database } from '../database.ts';
import type { AnyEvent } from '../events.ts';
import { HEADER_ROOM_BYTES } from '../log/headers.ts';
import { watermarkBucket } from '../log/watermarkBucket.ts';
import { startWatermarks, type Watermarks } from '../log/watermarks.ts';
import { startTaskWorker, type TaskHandler, type TaskWorker } from '../taskWorker.ts';
import { measureBatches, measureConsumers, measureTasks } from '../telemetry/measure.ts';
import { both } from '../telemetry/observe.ts';
import type { OpenSpan } from '../telemetry/tracer.ts';
import { traceBatches, tracedCall, tracedHandle } from '../telemetry/writeSpans.ts';
import { startTimerWorker } from '../timers/timerWorker.ts';
import type { Base } from './base.ts';
import type { Pools } from './database.ts';
import type { OwnLog } from './log.ts';

/** Of each kind. Each in hand holds a payment or the like: enough to keep a provider busy, few enough to give back. */
const TASK_CONCURRENCY = 64;
const TASK_LEASE_MS = 30_000;
const TASK_POLL_MS = 500;
const TIMER_POLL_MS = 1_000;

/** What it stands on. */
export interface Ground {
  readonly pools: Pools;
  readonly log: OwnLog;
  readonly clock: Clock;
}

export interface Work<S, C, E extends AnyEvent> {
  /** For commands that come by rpc. */
  readonly rpcWriter: Writer<S, C, E>;
  /** The spans of commands under way, by the context that their events get (telemetry/writeSpans.ts). */
  readonly commits: Map<string, OpenSpan>;
  readonly watermarks: Watermarks;
  readonly consumers: readonly Consumer[];
  readonly replays: ReadonlyMap<string, Replay>;
  /** When happened what a consumer handled last. */
  readonly lastTime: (consumer: string) => Date | undefined;
}

export function startWork<S, C, E extends AnyEvent>(base: Base<S, C, E>, ground: Ground): Work<S, C, E> {
  const { db, rpcDb } = ground.pools;
  const commits = new Map<string, OpenSpan>();
  let worker: TaskWorker | undefined;
  const writerOf = writers(base, ground, commits, () => worker);
  worker = startTasks(base, ground, writerOf('task', db));
  const watermarks = startOwnWatermarks(base, ground);
  startTimers(base, ground, writerOf('timer', db), watermarks);
  const consuming = startConsumers(base, ground, writerOf('consumer', db));
  return { rpcWriter: writerOf('rpc', rpcDb), commits, watermarks, ...consuming };
}

/** How commands are written, by where they come from. */
function writers<S, C, E extends AnyEvent>(
  { spec }: Base<S, C, E>,
  { log }: Ground,
  commits: Map<string, OpenSpan>,
  worker: () => TaskWorker | undefined,
): (source: string, db: Database) => Writer<S, C, E> {
  const measured = measureBatches(spec.meter);
  const observed = (source: string) => {
    const usual = both(measured(source), traceBatches(source, commits));
    return spec.observe ? both(spec.observe, usual) : usual;
  };
  return (source, db) => ({
    db,
    model: spec.model,
    observe: observed(source),
    maxPayloadBytes: log.connection.maxPayloadBytes() - HEADER_ROOM_BYTES,
    refusal: log.gate.reason,
    claim: () => worker()?.claim(),
    onCommitted(events) {
      log.relay.nudge();
      spec.onCommitted?.(events);
    },
  });
}

function startTasks<S, C, E extends AnyEvent>(
  { lifecycle, spec, holder }: Base<S, C, E>,
  { log, clock }: Ground,
  writer: Writer<S, C, E>,
): TaskWorker | undefined {
  const measured = measureTasks(spec.meter);
  if (!spec.tasks) return undefined;
  const watched = ([kind, handler]: [string, TaskHandler<S, C>]) =>
    [kind, measured(kind, tracedCall(kind, handler))] as const;
  const worker = startTaskWorker({
    holder,
    writer,
    handlers: Object.fromEntries(Object.entries(spec.tasks).map(watched)),
    gate: log.gate,
    clock,
    logger: lifecycle.logger,
    concurrency: TASK_CONCURRENCY,
    leaseMs: TASK_LEASE_MS,
    pollMs: TASK_POLL_MS,
  });
  lifecycle.onStop('the task worker', (remainingMs) => worker.stop(remainingMs / 3));
  return worker;
}

function startOwnWatermarks<S, C, E extends AnyEvent>(
  { lifecycle, config, spec }: Base<S, C, E>,
  { pools, log: { stream, connection, gate, relay } }: Ground,
): Watermarks {
  const watermarks = startWatermarks({
    db: pools.db,
    bucket: watermarkBucket(connection, stream.replicas),
    gate,
    relay,
    logger: lifecycle.logger,
    stream: stream.name,
    isSource: spec.isSource ?? false,
    subscriptions: spec.subscriptions.map((each) => ({ consumer: each.name, stream: each.stream.name })),
    marginMs: config.ORDERLOG_TIMER_MARGIN_MS,
  });
  lifecycle.onStop('the watermarks', () => watermarks.stop());
  return watermarks;
}

function startTimers<S, C, E extends AnyEvent>(
  { lifecycle, spec }: Base<S, C, E>,
  { log, clock }: Ground,
  writer: Writer<S, C, E>,
  watermarks: Watermarks,
): void {
  if (!spec.timers) return;
  const timers = startTimerWorker({
    writer,
    commands: spec.timers,
    horizon: () => watermarks.status().horizon,
    gate: log.gate,
    clock,
    logger: lifecycle.logger,
    pollMs: TIMER_POLL_MS,
  });
  lifecycle.onStop('the timer worker', () => timers.stop());
}

function startConsumers<S, C, E extends AnyEvent>(
  { lifecycle, config, spec, holder }: Base<S, C, E>,
  { pools, log, clock }: Ground,
  writer: Writer<S, C, E>,
): Pick<Work<S, C, E>, 'consumers' | 'replays' | 'lastTime'> {
  const { logger } = lifecycle;
  const { connection, gate } = log;
  const handled = measureConsumers(spec.meter);
  const replays = new Map<string, Replay>();
  const consumers = spec.subscriptions.map(({ name, stream, policies }) => {
    const reaction = { ...policies, consumer: name, writer, clock, logger };
    replays.set(name, createReplay(reaction));
    const consumer = startConsumer({
      name,
      stream: stream.name,
      subjectPrefix: stream.subjectPrefix,
      owner: holder,
      db: pools.db,
      connection,
      gate,
      logger,
      handle: handled.handle(name, tracedHandle(name, reactTo(reaction))),
      maxBatch: config.ORDERLOG_BATCH_MAX,
    });
    lifecycle.onStop(`the consumer ${name}`, () => consumer.stop());
    return consumer;
  });
  return { consumers, replays, lastTime: handled.lastTime };
}

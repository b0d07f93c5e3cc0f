/** What a service with a write side holds, read when somebody asks for its figures. */
import { sql } from 'kysely';
import type { ConsumerRange } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Database } from '../database.ts';
import type { Ops } from '../grpc/ops.ts';
import { PARTITIONS } from '../ids.ts';
import type { Backlog } from '../log/backlog.ts';
import type { LogGate } from '../log/logGate.ts';
import type { Relay } from '../log/relay.ts';
import type { Room, StreamRoom } from '../log/streamRoom.ts';
import type { Meter, Reading } from './meter.ts';
import { writeMetrics } from './metrics.ts';

export interface MeasuredState {
  readonly db: Database;
  /** Of this process, as ranges of partitions name it. */
  readonly holder: string;
  readonly gate: Pick<LogGate, 'isOpen'>;
  readonly relay: Pick<Relay, 'status'>;
  readonly backlog: Pick<Backlog, 'depth' | 'oldestTime'>;
  /** Name of the own stream. */
  readonly stream: string;
  readonly room: Pick<StreamRoom, 'last'>;
  readonly queue: { depth(): number };
  readonly ops: Pick<Ops, 'getConsumerStatus' | 'getTimerStatus'>;
  readonly dependencies: readonly string[];
  readonly isUp: (dependency: string) => boolean;
  /** When happened what a consumer handled last. */
  readonly lastTime: (consumer: string) => Date | undefined;
  /** Kinds of tasks. */
  readonly kinds: readonly string[];
}

const one = (value: number): readonly Reading<never>[] => [{ labels: {}, value }];
const flag = (is: boolean): number => (is ? 1 : 0);
const ageS = (time: Date | undefined): number =>
  time ? Math.max(0, Date.now() - time.getTime()) / 1_000 : 0;

export function measureState(meter: Meter, state: MeasuredState): void {
  const { gate, relay, backlog, queue, dependencies, isUp } = state;
  meter.gauge(writeMetrics.gateOpen, () => one(flag(gate.isOpen())));
  meter.gauge(writeMetrics.dependencyUp, () =>
    dependencies.map((dependency) => ({ labels: { dependency }, value: flag(isUp(dependency)) })),
  );
  meter.gauge(writeMetrics.queueDepth, () => one(queue.depth()));
  meter.gauge(writeMetrics.outboxEvents, () => one(backlog.depth()));
  meter.gauge(writeMetrics.outboxAge, () => one(ageS(backlog.oldestTime())));
  meter.gauge(writeMetrics.relayLeader, () => one(flag(relay.status().leader)));
  meter.gauge(writeMetrics.relayFailing, () => one(flag(relay.status().error !== undefined)));
  measureStream(meter, state);
  measureConsumerState(meter, state);
  measureWork(meter, state);
}

function measureStream(meter: Meter, { stream, room }: MeasuredState): void {
  const told = (bytes: (room: Room) => number): readonly Reading<'stream'>[] => {
    const last = room.last();
    return last && bytes(last) >= 0 ? [{ labels: { stream }, value: bytes(last) }] : [];
  };
  meter.gauge(writeMetrics.streamBytes, () => told(({ bytes }) => bytes));
  // Without a bound (-1) there is none to tell.
  meter.gauge(writeMetrics.streamLimit, () => told(({ maxBytes }) => maxBytes));
}

function measureConsumerState(meter: Meter, { ops, holder, lastTime }: MeasuredState): void {
  const startedAt = new Date();
  const ranges = shared(async () => (await ops.getConsumerStatus()).ranges);
  meter.gauge(writeMetrics.lagEvents, async () =>
    (await ranges()).map((range) => ({ labels: rangeLabels(range), value: waitingIn(range) })),
  );
  meter.gauge(writeMetrics.lagSeconds, async () =>
    (await ranges())
      .filter(({ ownerId }) => ownerId === holder)
      .map((range) => ({
        labels: rangeLabels(range),
        value: waitingIn(range) > 0 ? ageS(lastTime(range.consumer) ?? startedAt) : 0,
      })),
  );
  meter.gauge(writeMetrics.consumerStopped, async () =>
    byConsumer(await ranges(), (own) => flag(own.some(({ error }) => error !== ''))),
  );
  meter.gauge(writeMetrics.parked, async () =>
    byConsumer(await ranges(), (own) => own.reduce((sum, each) => sum + Number(each.parkedAggregates), 0)),
  );
}

const rangeLabels = ({ consumer, firstPartition, lastPartition }: ConsumerRange) => ({
  consumer,
  partitions: `${firstPartition}-${lastPartition}`,
});

/** A range's share of what its stream has beyond it, as if events were spread evenly over partitions. */
export function waitingIn(range: ConsumerRange): number {
  const share = (range.lastPartition - range.firstPartition + 1) / PARTITIONS;
  return Math.max(0, Number(range.streamLastSequence - range.sequence)) * share;
}

function byConsumer(
  ranges: readonly ConsumerRange[],
  read: (own: readonly ConsumerRange[]) => number,
): readonly Reading<'consumer'>[] {
  const groups = Map.groupBy(ranges, ({ consumer }) => consumer);
  return [...groups].map(([consumer, own]) => ({ labels: { consumer }, value: read(own) }));
}

function measureWork(meter: Meter, { db, ops, kinds }: MeasuredState): void {
  const tasks = shared(async () => {
    const { rows } = await sql<{ kind: string; open: bigint; oldest: number }>`
      select kind, count(*) as open, extract(epoch from clock_timestamp() - min(created_at))::float8 as oldest
      from tasks group by kind`.execute(db);
    return new Map(rows.map((row) => [row.kind, row]));
  });
  meter.gauge(writeMetrics.openTasks, async () => {
    const open = await tasks();
    return kinds.map((kind) => ({ labels: { kind }, value: Number(open.get(kind)?.open ?? 0) }));
  });
  meter.gauge(writeMetrics.taskAge, async () => {
    const open = await tasks();
    return kinds.map((kind) => ({ labels: { kind }, value: open.get(kind)?.oldest ?? 0 }));
  });
  const timers = shared(async () => ops.getTimerStatus());
  meter.gauge(writeMetrics.timersDue, async () => one(Number((await timers()).due)));
  meter.gauge(writeMetrics.timerHorizon, async () => {
    const { horizon } = await timers();
    return horizon ? one(ageS(horizon)) : [];
  });
}

/** Several figures of one question: asked at the same time, it is asked once. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

/** Counts what a service with a write side does, as it does it; what it holds is read by measureState.ts. */
import type { Batch } from '../consume/consumer.ts';
import { type StoredEvent, shortName } from '../events.ts';
import type { Outcome } from '../fold.ts';
import type { Answered } from '../grpc/door.ts';
import type { TaskHandler } from '../taskWorker.ts';
import type { Traced } from './eventSpans.ts';
import type { Meter } from './meter.ts';
import { grpcMetrics, writeMetrics } from './metrics.ts';
import type { Ended, Observe } from './observe.ts';

/** For createGrpcServer. */
export function measureCalls(meter: Meter): Answered {
  const observe = meter.histogram(grpcMetrics.calls);
  return ({ method, code, seconds }) => observe({ method, code }, seconds);
}

/** Batches of commands, by what they came by. */
export function measureBatches(
  meter: Meter,
): (source: string) => Observe<readonly Traced[], readonly Outcome<unknown>[]> {
  const commands = meter.histogram(writeMetrics.batchCommands);
  const seconds = meter.histogram(writeMetrics.batchSeconds);
  const events = meter.counter(writeMetrics.events);
  return (source) => (envelopes) => {
    const startedAtMs = performance.now();
    return (ended) => {
      commands({ source }, envelopes.length);
      seconds({ source, outcome: outcomeOf(ended) }, secondsSince(startedAtMs));
      if (!('result' in ended)) return;
      for (const outcome of ended.result) {
        if (outcome.kind !== 'accepted') continue;
        for (const { type } of outcome.events) events({ type: shortName(type) });
      }
    };
  };
}

/** Batches of events into the log. */
export function measurePublishes(meter: Meter): Observe<readonly StoredEvent[]> {
  const size = meter.histogram(writeMetrics.publishEvents);
  const seconds = meter.histogram(writeMetrics.publishSeconds);
  return (events) => {
    const startedAtMs = performance.now();
    return (ended) => {
      size({}, events.length);
      seconds({ outcome: outcomeOf(ended) }, secondsSince(startedAtMs));
    };
  };
}

/** What consumers have handled. */
export interface MeasuredConsumers {
  handle(consumer: string, handle: (batch: Batch) => Promise<void>): (batch: Batch) => Promise<void>;
  /** When the event happened that it handled last; undefined: none since the start. */
  lastTime(consumer: string): Date | undefined;
}

export function measureConsumers(meter: Meter): MeasuredConsumers {
  const delay = meter.histogram(writeMetrics.consumerDelay);
  const handled = meter.counter(writeMetrics.consumerEvents);
  const last = new Map<string, Date>();
  return {
    handle: (consumer, handle) => async (batch) => {
      await handle(batch);
      const [first, end] = [batch.messages[0], batch.messages.at(-1)];
      handled({ consumer }, batch.messages.length);
      if (first) delay({ consumer }, Math.max(0, Date.now() - first.time.getTime()) / 1_000);
      if (end) last.set(consumer, end.time);
    },
    lastTime: (consumer) => last.get(consumer),
  };
}

/** Calls to the outside. */
export function measureTasks(
  meter: Meter,
): <S, C>(kind: string, handler: TaskHandler<S, C>) => TaskHandler<S, C> {
  const seconds = meter.histogram(writeMetrics.taskCalls);
  return (kind, handler) => async (task, signal) => {
    const startedAtMs = performance.now();
    let outcome = 'error';
    try {
      const result = await handler(task, signal);
      outcome = 'command' in result ? 'ok' : 'again';
      return result;
    } finally {
      seconds({ kind, outcome }, secondsSince(startedAtMs));
    }
  };
}

const secondsSince = (startedAtMs: number): number => (performance.now() - startedAtMs) / 1_000;
const outcomeOf = (ended: Ended<unknown>): string => ('error' in ended ? 'error' : 'ok');

/** What the projector counts of each projection, and the spans of events that it brings where they are read. */
import type { LogMessage } from '../platform/log/headers.ts';
import { beginBatch, type StepFacts } from '../platform/telemetry/eventSpans.ts';
import { type Meter, metric } from '../platform/telemetry/meter.ts';
import { DURATIONS_S } from '../platform/telemetry/metrics.ts';
import { SpanKind } from '../platform/telemetry/tracer.ts';
import type { FeedWatch } from './engine/feed.ts';

const PROJECTION = 'orders, analytics';

export const projectionMetrics = {
  lagEvents: metric({
    name: 'orderlog_projection_lag_events',
    type: 'gauge',
    help: 'Events of the log that are not in a projection yet; only of the projector that works.',
    labels: { projection: PROJECTION },
  }),
  parked: metric({
    name: 'orderlog_projection_parked_aggregates',
    type: 'gauge',
    help: 'Aggregates whose documents or sums stay behind since an event could not be taken in; at most 1000 are counted.',
    labels: { projection: PROJECTION },
  }),
  delay: metric({
    name: 'orderlog_projection_delay_seconds',
    type: 'histogram',
    help: 'From the commit of an event until it could be read, of the oldest event of each batch.',
    labels: { projection: PROJECTION },
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
  }),
  batchEvents: metric({
    name: 'orderlog_projection_batch_events',
    type: 'histogram',
    help: 'Events that were projected together.',
    labels: { projection: PROJECTION },
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
  }),
  batchSeconds: metric({
    name: 'orderlog_projection_batch_duration_seconds',
    type: 'histogram',
    help: 'From a fetch until what came of it was stored.',
    labels: { projection: PROJECTION, outcome: 'ok, or error' },
    buckets: DURATIONS_S,
  }),
};

/** `lastSequence`: of the stream. */
export function measureProjections(
  meter: Meter,
  stream: string,
  lastSequence: () => Promise<number>,
): (projection: string) => FeedWatch {
  const delay = meter.histogram(projectionMetrics.delay);
  const events = meter.histogram(projectionMetrics.batchEvents);
  const seconds = meter.histogram(projectionMetrics.batchSeconds);
  /** Up to where each has the log. */
  const places = new Map<string, number>();
  meter.gauge(projectionMetrics.lagEvents, async () => {
    const last = await lastSequence();
    return [...places].map(([projection, at]) => ({ labels: { projection }, value: Math.max(0, last - at) }));
  });
  const parked = new Map<string, () => Promise<readonly unknown[]>>();
  meter.gauge(projectionMetrics.parked, () =>
    Promise.all(
      [...parked].map(async ([projection, ask]) => ({ labels: { projection }, value: (await ask()).length })),
    ),
  );
  return (projection) => ({
    parked: (ask) => void parked.set(projection, ask),
    at: (sequence) => void places.set(projection, sequence),
    observe(messages) {
      const startedAtMs = performance.now();
      const step = beginBatch(stepOf(stream, projection), messages);
      return (ended) => {
        const outcome = 'error' in ended ? 'error' : 'ok';
        step?.end('error' in ended ? ended.error : undefined);
        seconds({ projection, outcome }, (performance.now() - startedAtMs) / 1_000);
        if (outcome === 'error') return;
        events({ projection }, messages.length);
        delay({ projection }, delayOf(messages));
      };
    },
  });
}

const stepOf = (stream: string, projection: string): StepFacts => ({
  step: 'index',
  stream,
  kind: SpanKind.CONSUMER,
  consumer: projection,
});

const delayOf = ([first]: readonly LogMessage[]): number =>
  first ? Math.max(0, Date.now() - first.time.getTime()) / 1_000 : 0;

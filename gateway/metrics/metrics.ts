/**
 * GET /metrics, for Prometheus: rate, errors and duration of REST and gRPC; the lag of the read model and of the services'
 * consumers; the breaker of its reads; this process (event loop delay, memory, garbage collection). Labels are names of the
 * contract and templates of routes, never what a client wrote.
 */
import { collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { LAG_BOUNDS_MS, type LagHistogram } from '../../platform/lagHistogram.ts';
import type { BreakerState, Guard } from '../queries/guard.ts';
import { addConsumerLag, type ConsumerSources } from './consumerLag.ts';
import type { ReadModelLag } from './readModelLag.ts';

/** A call of REST or gRPC that was answered. */
export interface Answered {
  readonly method: string;
  /** gRPC's code, or HTTP's status. */
  readonly code: string;
  readonly seconds: number;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** `route`: its template; undefined: there is no such route. */
  http(answered: Answered & { readonly route: string | undefined }): void;
  grpc(answered: Answered): void;
}

export interface Measured {
  /** Unset: reads come from the aggregates. */
  readonly readModel?: { readonly lag: () => Promise<ReadModelLag>; readonly guard: Pick<Guard, 'state'> };
  readonly consumers?: ConsumerSources;
}

const DURATIONS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

export function createMetrics({ readModel, consumers }: Measured): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const shared = { buckets: DURATIONS_S, registers: [registry] };
  const http = new Histogram({
    ...shared,
    name: 'orderlog_http_request_duration_seconds',
    help: 'Requests over REST, by route and status; streams until they end.',
    labelNames: ['method', 'route', 'status'],
  });
  const grpc = new Histogram({
    ...shared,
    name: 'orderlog_grpc_call_duration_seconds',
    help: 'Calls over gRPC, by method and code; streams until they end.',
    labelNames: ['method', 'code'],
  });
  if (readModel) addReadModel(registry, readModel);
  if (consumers) addConsumerLag(registry, consumers);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    http: ({ method, route = 'none', code, seconds }) =>
      http.observe({ method, route, status: code }, seconds),
    grpc: ({ method, code, seconds }) => grpc.observe({ method, code }, seconds),
  };
}

function addReadModel(registry: Registry, { lag, guard }: NonNullable<Measured['readModel']>): void {
  const gauge = (name: string, help: string, read: (lag: ReadModelLag) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(read(await lag()) ?? Number.NaN);
      },
    });
  const seconds = (ms: number | undefined) => ms && ms / 1_000;
  gauge('orderlog_read_model_lag_events', 'Committed and not projected yet.', ({ events }) => events);
  gauge('orderlog_read_model_lag_p50_seconds', 'Of the last minute.', ({ p50Ms }) => seconds(p50Ms));
  gauge('orderlog_read_model_lag_p99_seconds', 'Of the last minute.', ({ p99Ms }) => seconds(p99Ms));
  registry.registerMetric(lagMetric(lag));
  new Gauge({
    name: 'orderlog_breaker_state',
    help: 'Of reads from Elasticsearch: 1 for the state that it is in.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of STATES) this.set({ state }, guard.state() === state ? 1 : 0);
    },
  });
}

const LAG_NAME = 'orderlog_read_model_lag_seconds';

/** The projector's own counts, as they are: prom-client's histograms take single values only. */
function lagMetric(lag: () => Promise<ReadModelLag>): Metric {
  const help = 'From the commit of an event until it could be read by id, by the projector.';
  const about = { name: LAG_NAME, help, type: 'histogram', aggregator: 'sum' };
  const get = async () => ({ ...about, values: valuesOf((await lag()).all) });
  return { ...about, get, reset: () => undefined } as unknown as Metric;
}

function valuesOf(lags: LagHistogram | undefined) {
  if (!lags) return [];
  let below = 0;
  const buckets = lags.counts.map((count, at) => {
    below += count;
    const bound = LAG_BOUNDS_MS[at];
    const le = bound === undefined ? '+Inf' : bound / 1_000;
    return { metricName: `${LAG_NAME}_bucket`, labels: { le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${LAG_NAME}_sum`, labels: {}, value: lags.sumMs / 1_000 },
    { metricName: `${LAG_NAME}_count`, labels: {}, value: below },
  ];
}

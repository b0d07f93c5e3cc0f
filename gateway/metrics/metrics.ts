/** What the gateway counts: calls of REST and gRPC, the lag of the read model, and the breaker of its reads. */
import { LAG_BOUNDS_MS, type LagHistogram } from '../../platform/lagHistogram.ts';
import { measureCalls } from '../../platform/telemetry/measure.ts';
import { measureBreakers } from '../../platform/telemetry/measureOthers.ts';
import type { Counted, Meter } from '../../platform/telemetry/meter.ts';
import type { Guard } from '../queries/guard.ts';
import { httpMetrics, readModelMetrics } from './catalogue.ts';
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
}

/** Of HTTP; whatever else a client writes there is one. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export function createMetrics(meter: Meter, { readModel }: Measured): Metrics {
  const http = meter.histogram(httpMetrics.requests);
  if (readModel) {
    measureReadModel(meter, readModel.lag);
    measureBreakers(meter, { elasticsearch: readModel.guard.state });
  }
  return {
    contentType: meter.contentType,
    text: () => meter.text(),
    http({ method, route = 'none', code, seconds }) {
      http({ method: METHODS.includes(method) ? method : 'other', route, status: code }, seconds);
    },
    grpc: measureCalls(meter),
  };
}

function measureReadModel(meter: Meter, lag: () => Promise<ReadModelLag>): void {
  const read = (of: (lag: ReadModelLag) => number | undefined) => async () => {
    const value = of(await lag());
    return value === undefined ? [] : [{ labels: {}, value }];
  };
  const seconds = (ms: number | undefined) => ms && ms / 1_000;
  meter.gauge(
    readModelMetrics.lagEvents,
    read(({ events }) => events),
  );
  meter.gauge(
    readModelMetrics.lagP50,
    read(({ p50Ms }) => seconds(p50Ms)),
  );
  meter.gauge(
    readModelMetrics.lagP99,
    read(({ p99Ms }) => seconds(p99Ms)),
  );
  meter.counted(readModelMetrics.lag, async () => countedOf((await lag()).all));
}

const countedOf = (lags: LagHistogram | undefined): Counted | undefined =>
  lags && {
    counts: lags.counts,
    bounds: LAG_BOUNDS_MS.map((bound) => bound / 1_000),
    sum: lags.sumMs / 1_000,
  };

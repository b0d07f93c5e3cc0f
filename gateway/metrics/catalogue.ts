/** The catalogue of the gateway's own metrics. */
import { metric } from '../../platform/telemetry/meter.ts';
import { DURATIONS_S } from '../../platform/telemetry/metrics.ts';

export const httpMetrics = {
  requests: metric({
    name: 'orderlog_http_request_duration_seconds',
    type: 'histogram',
    help: 'Requests over REST; streams until they end.',
    labels: {
      method: 'of HTTP, or other',
      route: 'its template; none: there is no such route',
      status: 'of HTTP',
    },
    buckets: DURATIONS_S,
  }),
};

export const readModelMetrics = {
  lagEvents: metric({
    name: 'orderlog_read_model_lag_events',
    type: 'gauge',
    help: 'Events of orders that are committed and not in the read model yet.',
    labels: {},
  }),
  lagP50: metric({
    name: 'orderlog_read_model_lag_p50_seconds',
    type: 'gauge',
    help: 'Of the last minute, half of the events were in the read model within this time.',
    labels: {},
  }),
  lagP99: metric({
    name: 'orderlog_read_model_lag_p99_seconds',
    type: 'gauge',
    help: 'Of the last minute, 99 of 100 events were in the read model within this time.',
    labels: {},
  }),
  lag: metric({
    name: 'orderlog_read_model_lag_seconds',
    type: 'histogram',
    help: 'From the commit of an event until it could be read by id, as its projector counted it.',
    labels: {},
  }),
};

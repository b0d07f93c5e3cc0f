/** The processes that a deployment runs, by their mains, with the settings that each has and the figures that it tells. A new one is a new row. */
import { gatewayConfig } from '../gateway/config.ts';
import { httpMetrics, readModelMetrics } from '../gateway/metrics/catalogue.ts';
import type { Shape } from '../platform/config.ts';
import { serviceConfig } from '../platform/serviceConfig.ts';
import type { MetricSpec } from '../platform/telemetry/meter.ts';
import {
  breakerMetrics,
  grpcMetrics,
  poolMetrics,
  tokenMetrics,
  writeMetrics,
} from '../platform/telemetry/metrics.ts';
import { projectorConfig } from '../projector/config.ts';
import { projectionMetrics } from '../projector/metrics.ts';
import { orderConfig } from '../services/order/config.ts';
import { sagaMetrics } from '../services/order/metrics.ts';
import { paymentConfig } from '../services/payment/config.ts';
import { sandboxConfig } from '../services/sandbox/config.ts';

export interface Process {
  readonly name: string;
  /** Relative to the project's folder. */
  readonly main: string;
  readonly config: Shape;
  /** What it tells at /metrics, beside what any Node process does. */
  readonly metrics: readonly MetricSpec[];
}

const listed = (...catalogues: readonly Readonly<Record<string, MetricSpec>>[]): readonly MetricSpec[] =>
  catalogues.flatMap((catalogue) => Object.values(catalogue));

const write = listed(grpcMetrics, writeMetrics, poolMetrics);

export const processes: readonly Process[] = [
  {
    name: 'order',
    main: 'services/order/main.ts',
    config: orderConfig,
    metrics: [...write, ...listed(breakerMetrics, tokenMetrics, sagaMetrics)],
  },
  { name: 'catalog', main: 'services/catalog/main.ts', config: serviceConfig, metrics: write },
  {
    name: 'payment',
    main: 'services/payment/main.ts',
    config: paymentConfig,
    metrics: [...write, ...listed(breakerMetrics)],
  },
  {
    name: 'projector',
    main: 'projector/main.ts',
    config: projectorConfig,
    metrics: listed(projectionMetrics, poolMetrics, tokenMetrics),
  },
  {
    name: 'gateway',
    main: 'gateway/main.ts',
    config: gatewayConfig,
    metrics: listed(grpcMetrics, httpMetrics, readModelMetrics, breakerMetrics, poolMetrics, tokenMetrics),
  },
  { name: 'sandbox', main: 'services/sandbox/main.ts', config: sandboxConfig, metrics: [] },
];

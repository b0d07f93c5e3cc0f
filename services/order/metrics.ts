/** How long sagas take, and how they end: counted where an order's end is committed, which is once. */

import { shortName } from '../../platform/events.ts';
import type { Envelope, Outcome } from '../../platform/fold.ts';
import { type Meter, metric } from '../../platform/telemetry/meter.ts';
import type { Observe } from '../../platform/telemetry/observe.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderState } from './domain/state.ts';

export const sagaMetrics = {
  duration: metric({
    name: 'orderlog_saga_duration_seconds',
    type: 'histogram',
    help: 'From OrderCreated to the end of the order.',
    labels: {
      mode: 'choreography, orchestration, direct',
      outcome: 'completed, rejected, cancelled; refunded: a completed order was given back later',
    },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
  }),
};

/** By the event that brings an end about. */
const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['OrderCompleted', 'completed'],
  ['OrderRejected', 'rejected'],
  ['OrderCancelled', 'cancelled'],
  ['OrderRefunded', 'refunded'],
]);

const MODES: Partial<Record<SagaMode, string>> = {
  [SagaMode.SAGA_MODE_CHOREOGRAPHY]: 'choreography',
  [SagaMode.SAGA_MODE_ORCHESTRATION]: 'orchestration',
  [SagaMode.SAGA_MODE_DIRECT]: 'direct',
};

export function measureSagas<C>(
  meter: Meter,
): Observe<readonly Envelope<OrderState, C>[], readonly Outcome<OrderState>[]> {
  const observe = meter.histogram(sagaMetrics.duration);
  return () => (ended) => {
    for (const outcome of 'result' in ended ? ended.result : []) {
      if (outcome.kind !== 'accepted') continue;
      const { state } = outcome.after;
      if (state.status === 'none' || state.status === 'unreadable') continue;
      const mode = MODES[state.context.mode] ?? 'unknown';
      for (const { type, time } of outcome.events) {
        const how = OUTCOMES.get(shortName(type));
        const seconds = (time.getTime() - state.createdAt.getTime()) / 1_000;
        if (how !== undefined) observe({ mode, outcome: how }, Math.max(0, seconds));
      }
    }
  };
}

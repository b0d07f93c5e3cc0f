/** The services, by their health and OpsService; the gateway by /readyz. */

import { missingIn } from '../../../platform/dependencies.ts';
import { createClient } from '../../../platform/grpc/client.ts';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../../proto/gen/grpc/health/v1/health.ts';
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { asAnybody, asCaller } from '../../token/own.ts';
import type { ConsumerFacts, GatewayFacts, ServiceFacts } from '../judge/services.ts';
import { ASK_WITHIN_MS } from './ask.ts';

const options = { timeoutMs: ASK_WITHIN_MS };

export async function serviceFacts(address: string): Promise<ServiceFacts> {
  const health = createClient(HealthService, address, asAnybody);
  const ops = createClient(OpsServiceService, address, asCaller);
  try {
    const [whole, all, relay, { ranges }, timers] = await Promise.all([
      health.check({ service: '' }, options),
      health.list({}, options),
      ops.getRelayStatus({}, options),
      ops.getConsumerStatus({}, options),
      ops.getTimerStatus({}, options),
    ]);
    return {
      serving: whole.status === Serving.SERVING,
      missing: missingIn(all),
      relay: { leader: relay.leaderId, error: relay.error },
      consumers: [...Map.groupBy(ranges, ({ consumer }) => consumer)].map(([name, of]) => ({
        name,
        ...consumerOf(of),
      })),
      timersWaitFor: timers.due > 0n ? timers.waitingFor : '',
    };
  } finally {
    health.close();
    ops.close();
  }
}

interface Range {
  readonly sequence: bigint;
  readonly streamLastSequence: bigint;
  readonly ownerId: string;
  readonly error: string;
  readonly parkedAggregates: bigint;
}

/** Of all its ranges the worst. */
const consumerOf = (ranges: readonly Range[]): Omit<ConsumerFacts, 'name'> => ({
  lag: Math.max(0, ...ranges.map((range) => Number(range.streamLastSequence - range.sequence))),
  owner: ranges.every(({ ownerId }) => ownerId !== '') ? (ranges[0]?.ownerId ?? '') : '',
  error: ranges.find(({ error }) => error !== '')?.error ?? '',
  parkedAggregates: Math.max(0, ...ranges.map((range) => Number(range.parkedAggregates))),
});

export async function gatewayFacts(address: string, signal: AbortSignal): Promise<GatewayFacts> {
  const response = await fetch(`http://${address}/readyz`, { signal });
  const { ready, parts } = (await response.json()) as {
    ready: boolean;
    parts: Readonly<Record<string, { ready: boolean; detail?: string }>>;
  };
  const missing = Object.entries(parts).flatMap(([part, { ready: isReady, detail }]) =>
    isReady ? [] : [`${part}: ${detail ?? 'not ready'}`],
  );
  return { ready, detail: missing.length === 0 ? 'every part answers' : missing.join('; ') };
}

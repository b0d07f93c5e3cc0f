/** The services, by their health and OpsService; the gateway by /readyz. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { json } from 'node:stream/consumers';
import { rootCertificates } from 'node:tls';
import { missingIn } from '../../../platform/dependencies.ts';
import { createClient } from '../../../platform/grpc/client.ts';
import type { Certificates } from '../../../platform/tls/certificates.ts';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../../proto/gen/grpc/health/v1/health.ts';
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { ownCertificates } from '../../ownTls.ts';
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

interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, { readonly ready: boolean; readonly detail?: string }>>;
}

/** Over HTTPS where calls go over TLS, as the manifests have it. */
export async function gatewayFacts(
  address: string,
  signal: AbortSignal,
  certificates = ownCertificates(process.env),
): Promise<GatewayFacts> {
  const { ready, parts } = await (certificates
    ? readinessOverTls(address, signal, certificates)
    : fetch(`http://${address}/readyz`, { signal }).then(
        (response) => response.json() as Promise<Readiness>,
      ));
  const missing = Object.entries(parts).flatMap(([part, { ready: isReady, detail }]) =>
    isReady ? [] : [`${part}: ${detail ?? 'not ready'}`],
  );
  return { ready, detail: missing.length === 0 ? 'every part answers' : missing.join('; ') };
}

/** `fetch` takes no CA. Of a public one the gateway's certificate may be too, since browsers see it. */
async function readinessOverTls(
  address: string,
  signal: AbortSignal,
  certificates: Certificates,
): Promise<Readiness> {
  const ca = [...rootCertificates, certificates.current().ca];
  certificates.close();
  const request = get(`https://${address}/readyz`, { ca, signal });
  // Broken off behind the head of its answer, who reads the body is told.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return (await json(response)) as Readiness;
}

/**
 * How many events wait for each consumer of the services, by the places that these tell. A range of partitions waits for its
 * share of what its stream has beyond it, as if events were spread evenly over partitions: they are, but for a hot aggregate.
 */
import { Gauge, type Registry } from 'prom-client';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type { ConsumerRange, OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';

/** By the services' names. */
export type ConsumerSources = Readonly<
  Record<string, Pick<GrpcClient<OpsServiceService>, 'getConsumerStatus'>>
>;

const TIMEOUT_MS = 1_000;
const PARTITIONS = 256;

/** A service that does not answer has no value until it does. */
export function addConsumerLag(registry: Registry, sources: ConsumerSources): void {
  new Gauge({
    name: 'orderlog_consumer_lag_events',
    help: 'Events of the log that wait for a consumer.',
    labelNames: ['service', 'consumer'],
    registers: [registry],
    async collect() {
      const asked = Object.entries(sources).map(async ([service, ops]) => {
        const answer = await ops.getConsumerStatus({}, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
        return [service, answer?.ranges ?? []] as const;
      });
      const answers = await Promise.all(asked);
      this.reset();
      for (const [service, ranges] of answers) {
        for (const [consumer, events] of waitingOf(ranges)) this.set({ service, consumer }, events);
      }
    },
  });
}

export function waitingOf(ranges: readonly ConsumerRange[]): ReadonlyMap<string, number> {
  const waiting = new Map<string, number>();
  for (const { consumer, sequence, streamLastSequence, firstPartition, lastPartition } of ranges) {
    const share = (lastPartition - firstPartition + 1) / PARTITIONS;
    const events = Math.max(0, Number(streamLastSequence - sequence)) * share;
    waiting.set(consumer, (waiting.get(consumer) ?? 0) + events);
  }
  return waiting;
}

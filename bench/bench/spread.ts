/** Which replica reads which partitions, as the services' own OpsService tells it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../platform/grpc/client.ts';
import { PARTITIONS } from '../../platform/ids.ts';
import { type ConsumerRange, OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';

/** By consumer: of each replica that reads, how many partitions; the most first. */
export type Spread = ReadonlyMap<string, readonly number[]>;

const WITHIN_MS = 60_000;
const POLL_MS = 250;

export function spreadOf(ranges: readonly ConsumerRange[]): Spread {
  const spread = new Map<string, number[]>();
  for (const [consumer, own] of Map.groupBy(ranges, (range) => range.consumer)) {
    const byOwner = new Map<string, number>();
    for (const { ownerId, firstPartition, lastPartition } of own) {
      const partitions = lastPartition - firstPartition + 1;
      // What nobody reads just now is no replica's.
      if (ownerId !== '') byOwner.set(ownerId, (byOwner.get(ownerId) ?? 0) + partitions);
    }
    spread.set(
      consumer,
      [...byOwner.values()].sort((a, b) => b - a),
    );
  }
  return spread;
}

/** Each of so many replicas has its share, and nothing is left over. */
export function isEven(spread: Spread, replicas: number): boolean {
  const most = Math.ceil(PARTITIONS / replicas);
  const least = Math.floor(PARTITIONS / replicas);
  return [...spread.values()].every(
    (shares) =>
      shares.length === replicas &&
      shares.every((share) => least <= share && share <= most) &&
      shares.reduce((sum, share) => sum + share, 0) === PARTITIONS,
  );
}

/** Resolves with it once it is even. Throws with what there is instead, if that takes too long. */
export async function untilEven(
  addresses: readonly string[],
  replicas: number,
  signal: AbortSignal,
): Promise<Spread> {
  const clients = addresses.map((address) => createClient(OpsServiceService, address));
  try {
    for (const untilMs = performance.now() + WITHIN_MS; ; await sleep(POLL_MS, undefined, { signal })) {
      const answers = await Promise.all(clients.map((ops) => ops.getConsumerStatus({})));
      const spread = spreadOf(answers.flatMap(({ ranges }) => ranges));
      if (spread.size > 0 && isEven(spread, replicas)) return spread;
      if (performance.now() > untilMs)
        throw new Error(`partitions are not spread over ${replicas} replicas: ${spreadText(spread)}`);
    }
  } finally {
    for (const client of clients) client.close();
  }
}

/** `order.catalog 128 + 128, ...` */
export const spreadText = (spread: Spread): string =>
  [...spread].map(([consumer, shares]) => `${consumer} ${shares.join(' + ')}`).join(', ');

/** What one would use instead of Orderlog, doing the same for an order; its all-in rate of the same run is beside theirs. */
import type { BenchContext, Measurement } from '../bench/measure.ts';
import { startEmmett } from './emmett/start.ts';
import { installPeers } from './install.ts';
import { measuredPeer } from './measuredPeer.ts';
import type { StartPeer } from './peer.ts';
import { missingServer, startRestate } from './restate/start.ts';

export interface PeerComparison {
  readonly id: string;
  readonly title: string;
  /** `unavailable`: why there is nothing to compare with on this machine; it counts neither way. */
  prepare(
    context: BenchContext,
  ): Promise<{ readonly subject: Measurement } | { readonly unavailable: string }>;
}

export const PEERS: readonly PeerComparison[] = [
  peer('restate', 'the same saga on Restate', startRestate, missingServer),
  peer('emmett', "the order's commands on emmett-postgresql", startEmmett, () => undefined),
];

function peer(
  id: string,
  title: string,
  start: StartPeer,
  missing: () => string | undefined,
): PeerComparison {
  return {
    id,
    title,
    async prepare(context) {
      const unavailable = (await installPeers(context.say, context.signal)) ?? missing();
      return unavailable === undefined
        ? { subject: await measuredPeer(id, start, context) }
        : { unavailable };
    },
  };
}

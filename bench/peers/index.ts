/** What one would use instead, written as its own authors' docs advise; the frame compares it with Orderlog's rate of the same run. */
import type { BenchContext, Comparison, Measurement } from '../bench/measure.ts';

export interface PeerComparison extends Omit<Comparison, 'prepare'> {
  prepare(context: BenchContext): Promise<{ readonly subject: Measurement }>;
}

export const PEERS: readonly PeerComparison[] = [];

/** A rebuild as the command makes it, of a test's own index and log (projector/engine/testbed.testing.ts). */

import type { EventRecord, IndexDefinition } from '../../projector/engine/projection.ts';
import type { Bed } from '../../projector/engine/testbed.testing.ts';
import { ordersProjection } from '../../projector/orders/projection.ts';
import { takeLease } from './lease.ts';
import { indexStore } from './orders/store.ts';
import type { Screen } from './outcome.ts';
import type { Wish } from './rebuild.ts';
import type { Surroundings } from './steps.ts';
import type { RebuildStore } from './store.ts';

export const plainly: Wish = { fresh: false, dryRun: false, acceptDifferences: false, maxRate: undefined };

export function storeOf(bed: Bed, index: IndexDefinition = bed.model.index): RebuildStore {
  const projection = {
    ...ordersProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
    index,
    history: async (): Promise<EventRecord[]> => [],
  };
  return indexStore(bed.model.es, bed.log.connection, projection);
}

/** Holds the lease while it works. */
export async function withLease<T>(
  { log }: Pick<Bed, 'log'>,
  store: RebuildStore,
  work: (around: Surroundings) => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> {
  const lease = await takeLease(store.name, store.locks, () => undefined);
  try {
    return await work({ store, connection: log.connection, lease, screen: quiet, signal });
  } finally {
    await lease.release();
  }
}

const quiet: Screen = {
  say: () => undefined,
  bar: () => ({ onProgress: () => undefined, end: () => undefined }),
};

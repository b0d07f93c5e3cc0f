import { createLru } from '../../platform/lru.ts';

/**
 * At which versions orders were answered from the aggregate because the read model could not be read: when it can be again it
 * may be behind them, and a reader must not see an order go back. Of this gateway alone, in its memory, and bounded.
 */
export interface AnsweredVersions {
  /** The version below which the order must not be answered; 0: any will do. */
  of(orderId: string): number;
  add(orderId: string, version: number): void;
  /** The read model has the order at that version. */
  reached(orderId: string, version: number): void;
}

/** Some megabytes. */
const MAX_ORDERS = 50_000;

/** Beyond `maxOrders` it forgets those that nobody asked for for the longest time. */
export function createAnsweredVersions(maxOrders = MAX_ORDERS): AnsweredVersions {
  const versions = createLru<number>(maxOrders);
  const of = (orderId: string): number => versions.get(orderId) ?? 0;
  return {
    of,
    add: (orderId, version) => versions.set(orderId, Math.max(version, of(orderId)), 1),
    reached(orderId, version) {
      if (version >= of(orderId)) versions.delete(orderId);
    },
  };
}

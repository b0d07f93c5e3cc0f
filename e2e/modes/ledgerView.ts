/** The provider's ledger, by order. Read on from where the last look ended: it only grows. */

import { type LedgerEntry, moneyOf } from '../support/system.ts';
import { shared } from './together.ts';

export interface LedgerView {
  /** What there is of an order now. Throws if it was charged twice. */
  of(orderId: string): Promise<{
    /** Asked and answered, declines included. */
    readonly charges: number;
    readonly taken: bigint;
    readonly back: bigint;
  }>;
}

export function openLedgerView(address: string): LedgerView {
  const entries: LedgerEntry[] = [];
  const look = shared(async () => {
    for (;;) {
      const response = await fetch(`http://${address}/v1/ledger?after=${entries.length}`);
      const page = (await response.json()) as { entries: LedgerEntry[] };
      if (page.entries.length === 0) return;
      entries.push(...page.entries);
    }
  });
  return {
    async of(orderId) {
      await look();
      const charges = entries.filter((entry) => entry.kind === 'charge' && entry.orderId === orderId);
      return { charges: charges.length, ...moneyOf(entries, orderId) };
    },
  };
}

/** The provider's ledger, by order. Read on from where the last look ended: it only grows. */
import { type LedgerEntry, moneyOf } from '../support/system.ts';

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
  let reading: Promise<void> | undefined;
  async function read(): Promise<void> {
    for (;;) {
      const response = await fetch(`http://${address}/v1/ledger?after=${entries.length}`);
      const page = (await response.json()) as { entries: LedgerEntry[] };
      if (page.entries.length === 0) return;
      entries.push(...page.entries);
    }
  }
  return {
    async of(orderId) {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
      const charges = entries.filter((entry) => entry.kind === 'charge' && entry.orderId === orderId);
      return { charges: charges.length, ...moneyOf(entries, orderId) };
    },
  };
}

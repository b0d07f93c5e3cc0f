/** The payment provider's own account of what it did. */
export interface LedgerEntry {
  readonly kind: 'charge' | 'refund';
  readonly key: string;
  /** Of a charge. */
  readonly orderId: string;
  /** Of a refund: what was given back. */
  readonly chargeId: string;
  readonly status: 'captured' | 'declined';
}

export async function readLedger(address: string): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const response = await fetch(`http://${address}/v1/ledger?after=${entries.length}`);
    const page = (await response.json()) as { entries: LedgerEntry[] };
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
  }
}

/** Marks the place where the ledger ends; returns how to get the ids of the orders that were charged since, or declined. */
export async function chargesFromNow(address: string): Promise<() => Promise<readonly string[]>> {
  const { length } = await readLedger(address);
  return async () => {
    const since = (await readLedger(address)).slice(length);
    return since.filter(({ kind }) => kind === 'charge').map(({ orderId }) => orderId);
  };
}

/** The provider's ledger, as the sandbox tells it. */
import { z } from 'zod';
import { OrderlogError } from '../../platform/errors.ts';

const common = { key: z.string(), id: z.string(), amountMinor: z.string(), currency: z.string() };
const charge = z.object({
  ...common,
  kind: z.literal('charge'),
  orderId: z.string(),
  status: z.enum(['captured', 'declined']),
});
const refund = z.object({ ...common, kind: z.literal('refund'), chargeId: z.string() });
const page = z.object({ entries: z.array(z.discriminatedUnion('kind', [charge, refund])), next: z.number() });

export type LedgerCharge = z.infer<typeof charge>;
export type LedgerRefund = z.infer<typeof refund>;
export type LedgerEntry = LedgerCharge | LedgerRefund;

const TIMEOUT_MS = 10_000;

/** From the place `after` to the end, page by page. Throws OrderlogError where the provider does not answer. */
export async function* ledgerPages(providerUrl: string, after = 0): AsyncGenerator<readonly LedgerEntry[]> {
  for (let place = after; ; ) {
    const { entries, next } = await readPage(new URL(`/v1/ledger?after=${place}`, providerUrl));
    if (entries.length === 0) return;
    yield entries;
    place = next;
  }
}

async function readPage(url: URL): Promise<z.infer<typeof page>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return page.parse(await response.json());
  } catch (error) {
    const why = error instanceof Error ? String(error.cause ?? error.message) : String(error);
    const message = `the provider's ledger at ${url.origin} cannot be read: ${why}`;
    throw new OrderlogError('UNAVAILABLE', 'LEDGER_UNREADABLE', message, { cause: error });
  }
}

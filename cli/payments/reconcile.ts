/**
 * `orderlog payments reconcile`: Payment's own records against the provider's ledger, both ways.
 *
 * Payments are read first and the ledger after, since the provider is asked before an answer is recorded; what still looks
 * different is read once more, from both, because the system goes on meanwhile. Both are held in memory: about 1 KB a payment.
 */
import { OrderlogError } from '../../platform/errors.ts';
import type { Payment } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { createProgress, type Progress } from '../parked/progress.ts';
import { type PaymentClient, paymentPages } from './client.ts';
import { type AtProvider, differencesOf } from './compare.ts';
import { type LedgerCharge, type LedgerRefund, ledgerPages } from './ledger.ts';

/** The ledger by what its entries are about. */
interface LedgerIndex {
  entries: number;
  /** By key. */
  readonly charges: Map<string, LedgerCharge>;
  /** By the charge's id. */
  readonly refunds: Map<string, LedgerRefund[]>;
}

interface Difference {
  readonly orderId?: string;
  readonly paymentId?: string;
  readonly refundId?: string;
  readonly text: string;
}

/** Prints each difference, as JSON all in one line; returns how many there are. */
export async function reconcile(client: PaymentClient, providerUrl: string, json: boolean): Promise<number> {
  const progress = createProgress(process.stderr);
  const payments = await readPayments(client, progress);
  const ledger: LedgerIndex = { entries: 0, charges: new Map(), refunds: new Map() };
  await readLedger(providerUrl, ledger, progress);
  const suspects = new Set([...payments.keys(), ...ledger.charges.keys()]);
  for (const key of suspects) {
    if (differencesOf(payments.get(key), atProvider(ledger, key)).length === 0) suspects.delete(key);
  }

  if (suspects.size > 0) await readLedger(providerUrl, ledger, progress);
  const differences: Difference[] = [];
  for (const key of suspects) {
    const orderId = payments.get(key)?.orderId ?? ledger.charges.get(key)?.orderId ?? '';
    const payment = await readPayment(client, orderId, key);
    const found = differencesOf(payment, atProvider(ledger, key));
    differences.push(...found.map((text) => ({ orderId, paymentId: key, text })));
  }
  differences.push(...strayRefunds(ledger));
  progress.end();
  const counts = { payments: payments.size, entries: ledger.entries };
  process.stdout.write(
    json ? `${JSON.stringify({ ...counts, differences })}\n` : textOf(counts, differences),
  );
  return differences.length;
}

function textOf(
  { payments, entries }: { readonly payments: number; readonly entries: number },
  differences: readonly Difference[],
): string {
  const lines = differences.map(({ orderId, paymentId, refundId, text }) =>
    refundId === undefined
      ? `order ${orderId}  payment ${paymentId}: ${text}\n`
      : `refund ${refundId}: ${text}\n`,
  );
  const what = differences.length === 0 ? 'no difference' : `${differences.length} different`;
  return `${lines.join('')}${payments} payments, ${entries} entries of the provider: ${what}\n`;
}

async function readPayments(client: PaymentClient, progress: Progress): Promise<Map<string, Payment>> {
  const payments = new Map<string, Payment>();
  for await (const page of paymentPages(client, false)) {
    for (const payment of page) payments.set(payment.paymentId, payment);
    progress.update(`payments read: ${payments.size}`);
  }
  return payments;
}

/** What came since it was read before. */
async function readLedger(providerUrl: string, ledger: LedgerIndex, progress: Progress): Promise<void> {
  for await (const page of ledgerPages(providerUrl, ledger.entries)) {
    ledger.entries += page.length;
    for (const entry of page) {
      if (entry.kind === 'charge') ledger.charges.set(entry.key, entry);
      else ledger.refunds.set(entry.chargeId, [...(ledger.refunds.get(entry.chargeId) ?? []), entry]);
    }
    progress.update(`entries of the provider read: ${ledger.entries}`);
  }
}

function atProvider({ charges, refunds }: LedgerIndex, key: string): AtProvider {
  const charge = charges.get(key);
  return charge ? { charge, refunds: refunds.get(charge.id) ?? [] } : { refunds: [] };
}

/** The order's payment as it is now, if it is the one under this key. */
async function readPayment(
  client: PaymentClient,
  orderId: string,
  key: string,
): Promise<Payment | undefined> {
  try {
    const { payment } = await client.getPayment({ orderId });
    return payment?.paymentId === key ? payment : undefined;
  } catch (error) {
    // The provider's word for an order may be no id at all.
    const isNone = error instanceof OrderlogError && ['NOT_FOUND', 'INVALID_ARGUMENT'].includes(error.code);
    if (isNone) return undefined;
    throw error;
  }
}

/** Refunds of charges that are not in the ledger. */
function strayRefunds({ charges, refunds }: LedgerIndex): readonly Difference[] {
  const known = new Set([...charges.values()].map(({ id }) => id));
  return [...refunds]
    .filter(([chargeId]) => !known.has(chargeId))
    .flatMap(([chargeId, each]) =>
      each.map(({ id }) => ({
        refundId: id,
        text: `of charge ${chargeId}, which the provider does not have`,
      })),
    );
}

/**
 * How the sandbox provider gives money back: at most what was captured, each key once. What it will not do is refused with
 * 402, and stays so under that key. Charges with tok_refund_fails refuse the first two keys; which those were is forgotten at
 * a restart.
 */
import type { Answer } from './answer.ts';
import { keyReused, type Line, sha256 } from './keys.ts';
import type { ChargeEntry, Ledger, RefundEntry } from './ledger.ts';

export interface RefundWish {
  readonly key: string;
  readonly chargeId: string;
  readonly amountMinor: string;
  readonly currency: string;
}

const FAILING_REFUNDS = 2;

export function createRefunds(ledger: Ledger, inLine: Line): (wish: RefundWish) => Promise<Answer> {
  /** Of charges whose refunds fail at first: the keys that were refused. */
  const refusedKeys = new Map<string, Set<string>>();

  function isRefusedAtFirst({ id, failsRefunds }: ChargeEntry, key: string): boolean {
    if (!failsRefunds) return false;
    const keys = refusedKeys.get(id) ?? new Set();
    refusedKeys.set(id, keys);
    if (keys.size < FAILING_REFUNDS) keys.add(key);
    return keys.has(key);
  }

  async function refund(wish: RefundWish): Promise<Answer> {
    const fingerprint = sha256(JSON.stringify(wish));
    const found = ledger.find('refund', wish.key);
    if (found) return found.fingerprint === fingerprint ? refunded(found) : keyReused;
    const charge = ledger.charge(wish.chargeId);
    if (charge?.status !== 'captured') {
      return refused('no_such_charge', 'nothing was captured under that id');
    }
    if (isRefusedAtFirst(charge, wish.key)) {
      return refused('refund_failed', "the customer's bank does not take it back just now");
    }
    const total = ledger.refundedMinor(charge.id) + BigInt(wish.amountMinor);
    if (wish.currency !== charge.currency || total > BigInt(charge.amountMinor)) {
      return refused('refund_exceeds_charge', 'more than was captured, or in another currency');
    }
    const id = `re_${sha256(wish.key).slice(0, 24)}`;
    const time = new Date().toISOString();
    const entry: RefundEntry = { kind: 'refund', ...wish, fingerprint, id, time };
    await ledger.append(entry);
    return refunded(entry);
  }

  // In line by charge: two refunds of one charge must see one another.
  return (wish) => inLine(`refund ${wish.chargeId}`, () => refund(wish));
}

const refunded = ({ id }: RefundEntry): Answer => ({ status: 200, body: { status: 'refunded', id } });

const refused = (code: string, message: string): Answer => ({
  status: 402,
  body: { status: 'refused', code, message },
});

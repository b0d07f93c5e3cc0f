/**
 * How the sandbox provider behaves, by payment token: tok_ok and tok_slow (after 2 s) capture; tok_declined declines;
 * tok_timeout captures at once and answers late; tok_flaky fails twice with 503, then captures; tok_never always fails with
 * 503; tok_refund_fails captures, and refuses the first two attempts at a refund (refunds.ts). Other tokens are declined as
 * invalid. The same key gets the same answer, at once; the same key with another request is refused (422).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, fault } from './answer.ts';
import { createLine, keyReused, sha256 } from './keys.ts';
import type { ChargeEntry, Ledger } from './ledger.ts';
import { createRefunds } from './refunds.ts';

export interface ChargeWish {
  readonly key: string;
  readonly orderId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly token: string;
}

export interface SandboxOptions {
  /** How long tok_timeout keeps its answer back. */
  readonly lateMs: number;
}

const SLOW_MS = 2_000;
const FLAKY_FAILURES = 2;
const CAPTURING = ['tok_ok', 'tok_slow', 'tok_timeout', 'tok_flaky', 'tok_refund_fails'];

const unavailable = fault(503, 'unavailable', 'the provider is out of order for a moment');

export function createProvider(ledger: Ledger, { lateMs }: SandboxOptions) {
  const inLine = createLine();
  const failures = new Map<string, number>();

  function isOutOfOrder({ key, token }: ChargeWish): boolean {
    const failed = failures.get(key) ?? 0;
    if (token === 'tok_flaky' && failed < FLAKY_FAILURES) {
      failures.set(key, failed + 1);
      return true;
    }
    failures.delete(key);
    return token === 'tok_never';
  }

  async function firstCharge(wish: ChargeWish, fingerprint: string): Promise<ChargeEntry> {
    if (wish.token === 'tok_slow') await sleep(SLOW_MS);
    const entry = chargeEntry(wish, fingerprint);
    await ledger.append(entry);
    return entry;
  }

  return {
    async charge(wish: ChargeWish): Promise<Answer> {
      const fingerprint = sha256(JSON.stringify(wish));
      let waitMs = 0;
      const entry = await inLine(wish.key, async () => {
        const found = ledger.find('charge', wish.key);
        if (found) return found;
        if (isOutOfOrder(wish)) return undefined;
        if (wish.token === 'tok_timeout') waitMs = lateMs;
        return firstCharge(wish, fingerprint);
      });
      if (!entry) return unavailable;
      if (entry.fingerprint !== fingerprint) return keyReused;
      await sleep(waitMs);
      return chargeAnswer(entry);
    },

    refund: createRefunds(ledger, inLine),

    /** What became of a charge, by its key, and by which refund all of it was given back. */
    lookup(key: string): Answer {
      const found = ledger.find('charge', key);
      if (!found) return fault(404, 'not_found', 'no charge under this key');
      const { status, body } = chargeAnswer(found);
      const isBack = ledger.refundedMinor(found.id) === BigInt(found.amountMinor);
      const refundId = isBack ? ledger.refundOf(found.id)?.id : undefined;
      return { status, body: refundId === undefined ? body : { ...body, refundId } };
    },
  };
}

function chargeEntry(wish: ChargeWish, fingerprint: string): ChargeEntry {
  const { token, key, orderId, amountMinor, currency } = wish;
  const isDeclined = token === 'tok_declined';
  const code = isDeclined ? 'card_declined' : CAPTURING.includes(token) ? '' : 'invalid_token';
  return {
    kind: 'charge',
    key,
    fingerprint,
    id: `ch_${sha256(key).slice(0, 24)}`,
    orderId,
    amountMinor,
    currency,
    status: code ? 'declined' : 'captured',
    code,
    message: code && (isDeclined ? 'the card was declined' : 'no such payment token'),
    ...(token === 'tok_refund_fails' && { failsRefunds: true }),
    time: new Date().toISOString(),
  };
}

const chargeAnswer = ({ status, id, code, message }: ChargeEntry): Answer & { readonly body: object } =>
  status === 'captured'
    ? { status: 200, body: { status, id } }
    : { status: 402, body: { status, id, code, message } };

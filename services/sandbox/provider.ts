/**
 * How the sandbox provider behaves, by payment token: tok_ok and tok_slow (after 2 s) capture; tok_declined declines;
 * tok_timeout captures at once and answers late; tok_flaky fails twice with 503, then captures. Other tokens are declined as
 * invalid. The same key gets the same answer, at once; the same key with another request is refused (422).
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChargeEntry, Ledger, RefundEntry } from './ledger.ts';

export interface ChargeWish {
  readonly key: string;
  readonly orderId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly token: string;
}

export interface RefundWish {
  readonly key: string;
  readonly chargeId: string;
  readonly amountMinor: string;
  readonly currency: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface SandboxOptions {
  /** How long tok_timeout keeps its answer back. */
  readonly lateMs: number;
}

const SLOW_MS = 2_000;
const FLAKY_FAILURES = 2;

export const fault = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyReused = fault(
  422,
  'idempotency_key_reused',
  'this Idempotency-Key came with another request before',
);

export function createProvider(ledger: Ledger, { lateMs }: SandboxOptions) {
  const failures = new Map<string, number>();
  /** Of each key, the last call: calls of one key go one after another. */
  const lines = new Map<string, Promise<unknown>>();

  function inLine<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (lines.get(key) ?? Promise.resolve()).then(work, work);
    lines.set(key, mine);
    const clean = () => {
      if (lines.get(key) === mine) lines.delete(key);
    };
    mine.then(clean, clean);
    return mine;
  }

  async function firstCharge(
    wish: ChargeWish,
    fingerprint: string,
  ): Promise<{ entry: ChargeEntry; waitMs: number }> {
    const { token, key, orderId, amountMinor, currency } = wish;
    const declined = token === 'tok_declined' ? 'card_declined' : known(token) ? '' : 'invalid_token';
    const entry: ChargeEntry = {
      kind: 'charge',
      key,
      fingerprint,
      id: `ch_${sha256(key).slice(0, 24)}`,
      orderId,
      amountMinor,
      currency,
      status: declined ? 'declined' : 'captured',
      code: declined,
      message: declined && (declined === 'card_declined' ? 'the card was declined' : 'no such payment token'),
      time: new Date().toISOString(),
    };
    if (token === 'tok_slow') await sleep(SLOW_MS);
    await ledger.append(entry);
    return { entry, waitMs: token === 'tok_timeout' ? lateMs : 0 };
  }

  return {
    async charge(wish: ChargeWish): Promise<Answer> {
      const fingerprint = sha256(JSON.stringify(wish));
      const { entry, waitMs, refusal } = await inLine(wish.key, async () => {
        const found = ledger.find('charge', wish.key);
        if (found) return { entry: found, waitMs: 0, refusal: undefined };
        const failed = failures.get(wish.key) ?? 0;
        if (wish.token === 'tok_flaky' && failed < FLAKY_FAILURES) {
          failures.set(wish.key, failed + 1);
          const refusal = fault(503, 'unavailable', 'the provider is out of order for a moment');
          return { entry: undefined, waitMs: 0, refusal };
        }
        failures.delete(wish.key);
        return { ...(await firstCharge(wish, fingerprint)), refusal: undefined };
      });
      if (!entry) return refusal;
      if (entry.fingerprint !== fingerprint) return keyReused;
      await sleep(waitMs);
      return chargeAnswer(entry);
    },

    refund: (wish: RefundWish): Promise<Answer> =>
      // In line by charge: two refunds of one charge must see one another.
      inLine(`refund ${wish.chargeId}`, async () => {
        const fingerprint = sha256(JSON.stringify(wish));
        const found = ledger.find('refund', wish.key);
        if (found) return found.fingerprint === fingerprint ? refundAnswer(found) : keyReused;
        const charge = ledger.charge(wish.chargeId);
        if (charge?.status !== 'captured')
          return fault(404, 'no_such_charge', 'nothing was captured under that id');
        const total = ledger.refundedMinor(charge.id) + BigInt(wish.amountMinor);
        if (wish.currency !== charge.currency || total > BigInt(charge.amountMinor)) {
          return fault(422, 'refund_exceeds_charge', 'more than was captured, or in another currency');
        }
        const id = `re_${sha256(wish.key).slice(0, 24)}`;
        const entry: RefundEntry = {
          kind: 'refund',
          ...wish,
          fingerprint,
          id,
          time: new Date().toISOString(),
        };
        await ledger.append(entry);
        return refundAnswer(entry);
      }),

    /** What became of a charge, by its key. */
    lookup(key: string): Answer {
      const found = ledger.find('charge', key);
      return found ? chargeAnswer(found) : fault(404, 'not_found', 'no charge under this key');
    },
  };
}

const known = (token: string): boolean => ['tok_ok', 'tok_slow', 'tok_timeout', 'tok_flaky'].includes(token);

const chargeAnswer = ({ status, id, code, message }: ChargeEntry): Answer =>
  status === 'captured'
    ? { status: 200, body: { status, id } }
    : { status: 402, body: { status, id, code, message } };

const refundAnswer = ({ id }: RefundEntry): Answer => ({ status: 200, body: { status: 'refunded', id } });

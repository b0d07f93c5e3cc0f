/**
 * What the sandbox provider has done, for ever: an append-only file of JSON lines, on disk before it is answered. Entries
 * that come while a write is under way go out together with the next one. A last line that a crash has cut is dropped: it
 * was never answered.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupedWriter } from './groupedWriter.ts';

interface Common {
  /** The idempotency key. */
  readonly key: string;
  /** SHA-256 of the request: the same key with another request is refused. */
  readonly fingerprint: string;
  /** The provider's own id. */
  readonly id: string;
  /** In minor units of the currency. */
  readonly amountMinor: string;
  readonly currency: string;
  readonly time: string;
}

export interface ChargeEntry extends Common {
  readonly kind: 'charge';
  readonly orderId: string;
  readonly status: 'captured' | 'declined';
  /** Empty if captured. */
  readonly code: string;
  readonly message: string;
  /** Its first refunds are refused. */
  readonly failsRefunds?: true;
}

export interface RefundEntry extends Common {
  readonly kind: 'refund';
  /** The charge that was given back. */
  readonly chargeId: string;
}

export type Entry = ChargeEntry | RefundEntry;

export interface Ledger {
  /** By kind and idempotency key. */
  find(kind: 'charge', key: string): ChargeEntry | undefined;
  find(kind: 'refund', key: string): RefundEntry | undefined;
  charge(id: string): ChargeEntry | undefined;
  /** Of a charge, the last. */
  refundOf(chargeId: string): RefundEntry | undefined;
  /** What was given back of a charge so far, in minor units. */
  refundedMinor(chargeId: string): bigint;
  /** Resolves once it is on disk. */
  append(entry: Entry): Promise<void>;
  /** In the order in which they were made. */
  page(after: number, limit: number): readonly Entry[];
  close(): Promise<void>;
}

/** Opens the ledger in a folder, which is made if need be. */
export async function openLedger(folder: string): Promise<Ledger> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'ledger.jsonl');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries: Entry[] = [];
  const byKey = new Map<string, Entry>();
  const charges = new Map<string, ChargeEntry>();
  const refunds = new Map<string, RefundEntry>();
  const refunded = new Map<string, bigint>();
  const take = (entry: Entry) => {
    entries.push(entry);
    byKey.set(`${entry.kind} ${entry.key}`, entry);
    if (entry.kind === 'charge') {
      charges.set(entry.id, entry);
    } else {
      refunds.set(entry.chargeId, entry);
      refunded.set(entry.chargeId, (refunded.get(entry.chargeId) ?? 0n) + BigInt(entry.amountMinor));
    }
  };
  whole.split('\n').forEach((line, index) => {
    if (line !== '') take(readEntry(line, `${path}:${index + 1}`));
  });

  const file = await open(path, 'a');
  const bytes = Buffer.byteLength(whole);
  await file.truncate(bytes);
  const write = groupedWriter(file, bytes);
  return {
    find: (kind: Entry['kind'], key: string) => byKey.get(`${kind} ${key}`) as never,
    charge: (id) => charges.get(id),
    refundOf: (chargeId) => refunds.get(chargeId),
    refundedMinor: (chargeId) => refunded.get(chargeId) ?? 0n,
    async append(entry) {
      await write(`${JSON.stringify(entry)}\n`);
      take(entry);
    },
    page: (after, limit) => entries.slice(after, after + limit),
    close: () => file.close(),
  };
}

function readEntry(line: string, place: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (error) {
    throw new Error(`the ledger is damaged at ${place}: restore it, or start with an empty folder`, {
      cause: error,
    });
  }
}

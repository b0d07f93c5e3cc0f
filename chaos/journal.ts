/** What a client was told, in a file of its own: outside the system, line by line, before anything is made of it. */
import { appendFileSync, writeFileSync } from 'node:fs';

/** What an order was asked for with, from which follows how it may end (ends.ts). */
export interface Wish {
  /** SAGA_MODE_*. */
  readonly mode: string;
  readonly paymentToken: string;
  readonly sku: string;
  /** Whether its end is, or will be, asked for. */
  readonly cancels: boolean;
}

/** An acknowledged PlaceOrder. */
export interface Acknowledged {
  readonly requestId: string;
  readonly orderId: string;
  /** The whole answer: a repeat must get the same. */
  readonly answer: string;
  /** When it was first asked for. */
  readonly askedAtMs: number;
  /** Unset: nobody looks at how it ends. */
  readonly wish?: Wish;
}

export interface Journal {
  readonly file: string;
  /** One a request: the first. */
  readonly placed: ReadonlyMap<string, Acknowledged>;
  /** Orders whose customers were told that they will end. */
  readonly cancelled: ReadonlySet<string>;
  /** Answers that contradict one another. */
  readonly contradictions: readonly string[];
  acknowledge(entry: Acknowledged): void;
  /** An acknowledged CancelOrder: says that there is the order, too. `requestId`: of the PlaceOrder. */
  acknowledgeCancel(entry: Pick<Acknowledged, 'requestId' | 'orderId'>): void;
}

export function openJournal(file: string): Journal {
  writeFileSync(file, '');
  const placed = new Map<string, Acknowledged>();
  const cancelled = new Set<string>();
  const contradictions: string[] = [];
  const write = (entry: object) => appendFileSync(file, `${JSON.stringify(entry)}\n`);
  return {
    file,
    placed,
    cancelled,
    contradictions,
    acknowledge(entry) {
      write(entry);
      const first = placed.get(entry.requestId);
      if (!first) placed.set(entry.requestId, entry);
      else if (first.answer !== entry.answer) {
        contradictions.push(`request ${entry.requestId} got ${first.answer} and ${entry.answer}`);
      }
    },
    acknowledgeCancel({ requestId, orderId }) {
      write({ requestId, orderId, isCancelled: true });
      cancelled.add(orderId);
    },
  };
}

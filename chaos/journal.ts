/** What a client was told, in a file of its own: outside the system, line by line, before anything is made of it. */
import { appendFileSync, writeFileSync } from 'node:fs';

/** An acknowledged PlaceOrder. */
export interface Acknowledged {
  readonly requestId: string;
  readonly orderId: string;
  /** The whole answer: a repeat must get the same. */
  readonly answer: string;
  /** When it was first asked for. */
  readonly askedAtMs: number;
}

export interface Journal {
  readonly file: string;
  /** One a request: the first. */
  readonly placed: ReadonlyMap<string, Acknowledged>;
  /** Answers that contradict one another. */
  readonly contradictions: readonly string[];
  acknowledge(entry: Acknowledged): void;
}

export function openJournal(file: string): Journal {
  writeFileSync(file, '');
  const placed = new Map<string, Acknowledged>();
  const contradictions: string[] = [];
  return {
    file,
    placed,
    contradictions,
    acknowledge(entry) {
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
      const first = placed.get(entry.requestId);
      if (!first) placed.set(entry.requestId, entry);
      else if (first.answer !== entry.answer) {
        contradictions.push(`request ${entry.requestId} got ${first.answer} and ${entry.answer}`);
      }
    },
  };
}

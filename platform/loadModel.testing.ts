/**
 * One event loop, in model time, that commits in flushes and refuses: what refusing costs, flushes wait for. It is let in by
 * sojourn.ts and told no by refusals.ts, the code itself.
 */
import { createRefusals } from './grpc/refusals.ts';
import { createSojourn, type Visit } from './sojourn.ts';

export interface ModelServer {
  /** A flush, and each command of it. */
  readonly baseMs: number;
  readonly eachMs: number;
  readonly refusalMs: number;
  /** How many times as long flushes take from 10 s on. */
  readonly slowDown?: number;
}

/** How many call now, of whom so many have not been answered. */
export type Offer = (unanswered: number) => number;

interface Call {
  readonly visit: Visit;
  readonly dueMs: number;
}

const DEADLINE_MS = 1_000;
/** Of its deadline, as in commandQueue.ts. */
const WITHIN_MS = 500;
const RUN_MS = 20_000;
const SLOW_FROM_MS = 10_000;
/** However much there is to refuse, the system gives other processes this share: the flush's answers still come. */
const OTHERS = 0.1;

/** Answers in time, by second, from 10 s on. */
export function goodput(server: ModelServer, offer: Offer): number {
  let nowMs = 0;
  const looks: { atMs: number; callback: () => void }[] = [];
  const later = (callback: () => void, ms: number) => void looks.push({ atMs: nowMs + ms, callback });
  const sojourn = createSojourn(() => nowMs);
  const refusals = createRefusals({ now: () => nowMs, later });
  let queue: Call[] = [];
  let flush: { leftMs: number; readonly batch: readonly Call[] } | undefined;
  let [inTime, refusingMs] = [0, 0];

  function call(): void {
    if (sojourn.estimateMs() <= WITHIN_MS) {
      queue.push({ visit: sojourn.enter(), dueMs: nowMs + DEADLINE_MS });
      return;
    }
    const tell = () => {
      refusingMs += server.refusalMs;
    };
    refusals.refuse({ cancelled: false, getPeer: () => 'model' }, tell);
  }

  function begin(all: readonly Call[]) {
    const over = all.filter(({ dueMs }) => dueMs < nowMs);
    sojourn.drop(over.map(({ visit }) => visit));
    const batch = all.filter(({ dueMs }) => dueMs >= nowMs);
    const ms = server.baseMs + batch.length * server.eachMs;
    return { leftMs: nowMs < SLOW_FROM_MS ? ms : ms * (server.slowDown ?? 1), batch };
  }

  function end({ batch }: { batch: readonly Call[] }): void {
    sojourn.leave(batch.map(({ visit }) => visit));
    for (const { dueMs } of batch) {
      refusals.earn();
      if (dueMs >= nowMs && nowMs >= SLOW_FROM_MS) inTime += 1;
    }
  }

  for (; nowMs < RUN_MS; nowMs += 1) {
    for (const { callback } of looks.splice(0, looks[0] && looks[0].atMs <= nowMs ? 1 : 0)) callback();
    const unanswered = queue.length + (flush?.batch.length ?? 0) + refusals.waiting();
    // Who calls again as soon as he is answered can do so only while the loop has time to answer him.
    for (let calls = offer(unanswered); calls > 0 && refusingMs < 1 - OTHERS; calls--) call();
    if (!flush && queue.length > 0) {
      flush = begin(queue);
      queue = [];
    }
    if (flush) flush.leftMs -= Math.max(OTHERS, 1 - refusingMs);
    refusingMs = Math.max(0, refusingMs - 1);
    if (flush && flush.leftMs <= 0) {
      end(flush);
      flush = undefined;
    }
  }
  return inTime / ((RUN_MS - SLOW_FROM_MS) / 1_000);
}

/** So many a millisecond, whatever comes of them. */
export function byTheClock(perMs: number): Offer {
  let [called, due] = [0, 0];
  return () => {
    due += perMs;
    const calls = Math.floor(due - called);
    called += calls;
    return calls;
  };
}

/** So many callers, who call again as soon as they are answered. */
export const storm =
  (callers: number): Offer =>
  (unanswered) =>
    callers - unanswered;

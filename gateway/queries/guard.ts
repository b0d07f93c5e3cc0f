/**
 * The circuit breaker of reads from Elasticsearch: while it is open nobody waits for a server that does not answer, so that
 * GetOrder is answered from the aggregate, and a search is refused, at once.
 *
 * What counts is a server that cannot be reached or cannot work, not what it says of a request; and a caller's own impatience
 * does not: a read that ran out of its time, or whose caller went away, before FAIR_MS were over tells nothing of the server.
 * Where it was the one look at a server that had failed, the breaker stays open.
 */
import { BrokenCircuitError } from 'cockatiel';
import { type BreakerState, createBreaker, openTime, stateOf } from '../../platform/breaker.ts';
import { CALLER_GONE } from '../../platform/callerGone.ts';
import { isElasticsearchDown, isRequestAborted, isTimeout } from '../../platform/elasticsearch/client.ts';
import type { ReadOptions } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';

export interface Guard {
  /** Throws OrderlogError: READ_MODEL_UNAVAILABLE, or why the call ends that it is of (`signal`). Throws what reading throws. */
  read<T>(options: ReadOptions, read: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

/** A local server that is back is found soon: a look costs one read. */
export const READ_HALF_OPEN_MS = 5_000;
const FAIR_MS = 1_000;
const RETRY_AFTER_MS = 1_000;

/** Elasticsearch's own fault, for the breaker to count; its reader is told `told`. */
class ReadModelDown extends Error {
  readonly told: OrderlogError;

  constructor(told: OrderlogError) {
    super(told.message);
    this.told = told;
  }
}

export function createGuard(halfOpenAfterMs = READ_HALF_OPEN_MS): Guard {
  const breaker = createBreaker((error) => error instanceof ReadModelDown, halfOpenAfterMs);
  const openForMs = openTime(breaker, halfOpenAfterMs);
  return {
    async read(options, read) {
      if (options.signal?.aborted) throw reasonOf(options.signal);
      try {
        return await breaker.execute(() => {
          const isLook = stateOf(breaker) !== 'closed';
          return judged(options, isLook, read);
        });
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw unavailable(error, openForMs());
        if (error instanceof ReadModelDown) throw error.told;
        throw error;
      }
    },
    state: () => stateOf(breaker),
  };
}

/** `isLook`: it is held against the server that it gave no answer, in however little time. */
async function judged<T>(options: ReadOptions, isLook: boolean, read: () => Promise<T>): Promise<T> {
  const begunAt = performance.now();
  try {
    return await read();
  } catch (error) {
    const isDown = isElasticsearchDown(error);
    const isAbandoned = options.signal?.aborted && (isDown || isRequestAborted(error));
    if (!isDown && !isAbandoned) throw error;
    const told = isAbandoned ? reasonOf(options.signal) : unavailable(error);
    if (isLook) throw new ReadModelDown(told);
    if (isAbandoned && performance.now() - begunAt < FAIR_MS) throw told;
    if (isTimeout(error) && options.timeoutMs < FAIR_MS) throw told;
    throw new ReadModelDown(told);
  }
}

const reasonOf = (signal: AbortSignal | undefined): OrderlogError =>
  signal?.reason instanceof OrderlogError ? signal.reason : CALLER_GONE;

const REASON = 'READ_MODEL_UNAVAILABLE';

const unavailable = (cause: unknown, retryAfterMs = RETRY_AFTER_MS): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    REASON,
    'the read model cannot be reached; orders are taken all the same, repeat the read later',
    { retryAfterMs: Math.max(RETRY_AFTER_MS, retryAfterMs), cause },
  );

/** Whether a read failed for want of the read model: others may know the answer. */
export const isReadModelDown = (error: unknown): boolean =>
  error instanceof OrderlogError && error.reason === REASON;

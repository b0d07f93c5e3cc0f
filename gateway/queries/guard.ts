/**
 * The circuit breaker of reads from Elasticsearch: while it is open nobody waits for a server that does not answer, so that
 * GetOrder is answered from the aggregate, and a search is refused, at once.
 *
 * What counts is a server that cannot be reached or cannot work, not what it says of a request; and a caller's own impatience
 * does not: a read that was given less than FAIR_MS and ran out of it tells nothing of the server. Where it was the one look
 * at a server that had failed, the breaker stays open.
 */
import { BrokenCircuitError } from 'cockatiel';
import { type BreakerState, createBreaker, openTime, stateOf } from '../../platform/breaker.ts';
import { isElasticsearchDown, isTimeout } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';

export interface Guard {
  /** Throws OrderlogError READ_MODEL_UNAVAILABLE, or what reading throws. */
  read<T>(timeoutMs: number, read: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

/** A local server that is back is found soon: a look costs one read. */
export const READ_HALF_OPEN_MS = 5_000;
const FAIR_MS = 1_000;
const RETRY_AFTER_MS = 1_000;

/** Elasticsearch's own fault, for the breaker to count. */
class ReadModelDown extends Error {}

export function createGuard(halfOpenAfterMs = READ_HALF_OPEN_MS): Guard {
  const breaker = createBreaker((error) => error instanceof ReadModelDown, halfOpenAfterMs);
  const openForMs = openTime(breaker, halfOpenAfterMs);
  return {
    async read(timeoutMs, read) {
      try {
        return await breaker.execute(() => {
          const isLook = stateOf(breaker) !== 'closed';
          return judged(timeoutMs >= FAIR_MS || isLook, read);
        });
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw unavailable(error, openForMs());
        if (error instanceof ReadModelDown) throw unavailable(error.cause);
        throw error;
      }
    },
    state: () => stateOf(breaker),
  };
}

/** `countsTimeout`: that there was no answer in time is to be held against the server. */
async function judged<T>(countsTimeout: boolean, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isElasticsearchDown(error)) throw error;
    if (isTimeout(error) && !countsTimeout) throw unavailable(error);
    throw new ReadModelDown('the read model cannot be read', { cause: error });
  }
}

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

/**
 * For rpcs that wait for what becomes of an aggregate: they are told by the COMMIT that brings it about. What another
 * replica commits is found by one read every half second for all who have waited so long.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from './database.ts';
import type { OrderlogError } from './errors.ts';

export interface OutcomeWatch<T> {
  /** Waits for it. Throws `notYet` where it does not come in time, or the caller goes away; `stopping` after `close`. */
  of(key: string, wait: Wait): Promise<T>;
  /** After a COMMIT of this process that brought it about. */
  tell(key: string, outcome: T): void;
  /** After a COMMIT that may have: they are read, together with what comes in the same turn of the event loop. */
  look(keys: readonly string[]): void;
  /**
   * Nobody waits any longer than so many ms: what they wait for goes on without this process. Until then it mostly comes, and a
   * caller who is told it need not ask another replica.
   */
  close(afterMs?: number): void;
}

export interface Wait {
  readonly db: Tx;
  readonly signal: AbortSignal;
  /** At most. */
  readonly ms: number;
  /** There was none when the caller's own command committed, just now: it need not be read first. */
  readonly hadNone: boolean;
}

export interface OutcomeWatchOptions<T> {
  /** What has become of these; those that have no outcome yet are left out. */
  readonly read: (db: Tx, keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  readonly notYet: (key: string) => OrderlogError;
  readonly stopping: (key: string) => OrderlogError;
}

interface Waiter<T> extends PromiseWithResolvers<T> {
  readonly sinceMs: number;
}

const POLL_MS = 500;

export function createOutcomeWatch<T>(options: OutcomeWatchOptions<T>): OutcomeWatch<T> {
  const waiting = new Map<string, Set<Waiter<T>>>();
  let told = new Set<string>();
  let database: Tx | undefined;
  let isPolling = false;
  let isClosed = false;

  const tell = (key: string, outcome: T): void => {
    for (const { resolve } of waiting.get(key) ?? []) resolve(outcome);
  };

  /** Where the database does not answer they wait on: each has a deadline of its own. */
  async function readAndTell(keys: readonly string[]): Promise<void> {
    if (!database || keys.length === 0) return;
    const found = await options.read(database, keys).catch(() => new Map<string, never>());
    for (const [key, outcome] of found) tell(key, outcome);
  }

  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    while (waiting.size > 0) {
      await sleep(POLL_MS);
      const beforeMs = performance.now() - POLL_MS;
      const isLong = (waiters: Set<Waiter<T>>) => [...waiters].some(({ sinceMs }) => sinceMs <= beforeMs);
      await readAndTell([...waiting].flatMap(([key, waiters]) => (isLong(waiters) ? [key] : [])));
    }
    isPolling = false;
  }

  return {
    tell,
    look(keys) {
      const asked = keys.filter((key) => waiting.has(key));
      if (asked.length === 0) return;
      if (told.size === 0) {
        setImmediate(() => {
          const all = [...told];
          told = new Set();
          void readAndTell(all);
        });
      }
      for (const key of asked) told.add(key);
    },
    close(afterMs = 0) {
      const turnAway = () => {
        isClosed = true;
        for (const [key, waiters] of waiting) {
          for (const { reject } of waiters) reject(options.stopping(key));
        }
      };
      if (afterMs > 0) setTimeout(turnAway, afterMs).unref();
      else turnAway();
    },
    async of(key, { db, signal, ms, hadNone }) {
      database = db;
      const waiter = { ...Promise.withResolvers<T>(), sinceMs: performance.now() };
      // It may come before anybody looks at it.
      waiter.promise.catch(() => undefined);
      const waiters = waiting.get(key) ?? new Set();
      waiting.set(key, waiters.add(waiter));
      const giveUp = () => waiter.reject(options.notYet(key));
      const timer = setTimeout(giveUp, Math.max(0, ms));
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        const known = hadNone ? undefined : (await options.read(db, [key])).get(key);
        if (known !== undefined) return known;
        if (signal.aborted) throw options.notYet(key);
        if (isClosed) throw options.stopping(key);
        void poll();
        return await waiter.promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        waiters.delete(waiter);
        if (waiters.size === 0) waiting.delete(key);
      }
    },
  };
}

/**
 * The database's time, without asking it for each command: an offset measured now and then, carried on by the process's
 * monotonic clock. A wall clock that is an hour off, or steps back, changes nothing.
 */
import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface Clock {
  /** Never goes back within a process, but from a time far ahead of the database's; to the millisecond. */
  now(): Date;
}

/**
 * By so little measurements differ, and a server's clock is put right: time stands still until it is reached again. What was
 * told farther ahead was wrong (a server that was a day ahead), and is not waited for.
 */
const STANDSTILL_MS = 5_000;

/**
 * Measures at once (throws what the database throws), then every `resyncMs` until the signal. `onBack`: told when the time goes
 * back, and how far.
 */
export async function databaseClock(
  db: Database,
  signal: AbortSignal,
  options: { resyncMs?: number; onError?: (error: unknown) => void; onBack?: (ms: number) => void } = {},
): Promise<Clock> {
  let offsetMs = await measureOffset(db);
  let lastMs = 0;
  const timer = setInterval(async () => {
    try {
      offsetMs = await measureOffset(db);
      const aheadMs = Math.floor(lastMs - (performance.now() + offsetMs));
      if (aheadMs <= STANDSTILL_MS) return;
      lastMs = 0;
      options.onBack?.(aheadMs);
    } catch (error) {
      options.onError?.(error);
    }
  }, options.resyncMs ?? 30_000);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return {
    now() {
      lastMs = Math.max(lastMs, Math.floor(performance.now() + offsetMs));
      return new Date(lastMs);
    },
  };
}

/** A measurement is off by at most half its round trip: one this short is taken as it is. */
const GOOD_ROUND_TRIP_MS = 50;
/** Of slower ones the fastest of so many: a process that stood still meanwhile leads nobody astray. */
const MAX_MEASUREMENTS = 3;

/** Database time minus monotonic time, by a connection that is there already: waiting for one would count as travel. */
const measureOffset = (db: Database): Promise<number> =>
  db.connection().execute(async (connection) => {
    let best = { offsetMs: 0, roundTripMs: Number.POSITIVE_INFINITY };
    for (let n = 0; n < MAX_MEASUREMENTS && best.roundTripMs > GOOD_ROUND_TRIP_MS; n++) {
      const sentMs = performance.now();
      const { rows } = await sql<{ ms: number }>`
        select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(connection);
      const receivedMs = performance.now();
      const roundTripMs = receivedMs - sentMs;
      if (roundTripMs < best.roundTripMs) {
        best = { offsetMs: (rows[0]?.ms ?? 0) - (sentMs + receivedMs) / 2, roundTripMs };
      }
    }
    return best.offsetMs;
  });

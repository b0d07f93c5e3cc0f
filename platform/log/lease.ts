/**
 * Leases: one holder at a time, by the database's clock, renewed at a third of its time. For liveness only: a paused
 * process may believe that it still holds one, so what must be safe compares and sets.
 *
 * Each term has an epoch, which grows with each new one; a term that has run out is over, although nobody else has taken the
 * lease. `held()` is judged by the monotonic clock, from the moment before
 * the renewal was sent, so that it turns false before anybody else can take the lease.
 */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../database.ts';
import { inMs, isOver } from '../dueTimes.ts';
import { pause } from '../wait.ts';

export interface LeaseOptions {
  readonly db: Database;
  /** What it is about. */
  readonly name: string;
  /** Unique to this process and its life. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly logger: Logger;
}

/** One holder's time. */
export interface LeaseTerm {
  readonly name: string;
  readonly holder: string;
  readonly epoch: bigint;
  held(): boolean;
  /** Aborted when the term is over. */
  readonly ended: AbortSignal;
  /** Ends the term, and lets others have the lease at once. Does not throw: else it runs out by itself. */
  release(): Promise<void>;
}

/** Takes the lease if it is free, has run out, or is left over from this very holder. Throws what the database throws. */
export async function tryLease(options: LeaseOptions): Promise<LeaseTerm | undefined> {
  const { db, name, holder, ttlMs } = options;
  const askedMs = performance.now();
  const { rows } = await sql<{ epoch: bigint }>`
    insert into leases as mine (name, holder, epoch, expires_at)
    values (${name}, ${holder}, 1, ${inMs(ttlMs)})
    on conflict (name) do update
      set holder = excluded.holder, epoch = mine.epoch + 1, expires_at = excluded.expires_at
      where ${isOver('mine.expires_at', ttlMs)} or mine.holder = excluded.holder
    returning epoch`.execute(db);
  const epoch = rows[0]?.epoch;
  return epoch === undefined ? undefined : beginTerm(options, epoch, askedMs);
}

function beginTerm(
  { db, name, holder, ttlMs, logger }: LeaseOptions,
  epoch: bigint,
  takenMs: number,
): LeaseTerm {
  const ending = new AbortController();
  let heldUntilMs = takenMs + ttlMs;
  const mine = sql`name = ${name} and holder = ${holder} and epoch = ${epoch}`;
  const renew = async (): Promise<boolean> => {
    const askedMs = performance.now();
    const { numAffectedRows } = await sql`
      update leases set expires_at = ${inMs(ttlMs)} where ${mine} and expires_at > clock_timestamp()`.execute(
      db,
    );
    if (numAffectedRows !== 1n) return false;
    heldUntilMs = askedMs + ttlMs;
    return true;
  };
  const keep = async () => {
    for (;;) {
      await pause(ttlMs / 3, ending.signal);
      if (ending.signal.aborted) return;
      try {
        if (!(await renew())) break;
      } catch (error) {
        logger.warn({ err: error, lease: name }, 'cannot renew the lease');
        if (performance.now() >= heldUntilMs) break;
      }
    }
    logger.warn({ lease: name, leaseEpoch: epoch }, 'lost the lease');
    ending.abort();
  };
  void keep();
  return {
    name,
    holder,
    epoch,
    held: () => !ending.signal.aborted && performance.now() < heldUntilMs,
    ended: ending.signal,
    async release() {
      ending.abort();
      try {
        await sql`update leases set expires_at = clock_timestamp() where ${mine}`.execute(db);
      } catch (error) {
        logger.warn({ err: error, lease: name }, 'cannot release the lease: it will run out');
      }
    },
  };
}

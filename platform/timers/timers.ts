/**
 * Rows for what is to happen at a time unless an event clears it first. Events set and clear them (WriteModel.timersOf) in
 * their own transaction; the worker (timerWorker.ts) turns a due one into a command, in whose transaction it is deleted.
 *
 * Order of locks: aggregates first, then timers. Whoever sets, clears or fires a timer holds its aggregate's lock, so that
 * a timer is either cleared or fired, and fired once.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { TimerChange } from '../writeModel.ts';

/** A timer whose time has come. */
export interface DueTimer {
  readonly timerId: string;
  readonly kind: string;
  readonly payload: Uint8Array;
  readonly dueAt: Date;
  /** Of the command that set it. */
  readonly traceparent?: string;
  /** How often firing it has failed. */
  readonly attempts: number;
}

/** The timer that a command fires: it must still be there, due at or before this time. */
export interface Firing {
  readonly timerId: string;
  readonly horizon: Date;
}

/** Changes of a batch, by timer id: the last one counts. */
export type TimerChanges = ReadonlyMap<string, TimerChange>;

export async function writeTimers(tx: Tx, changes: TimerChanges): Promise<void> {
  if (changes.size === 0) return;
  const all = [...changes.values()];
  const cleared = all.filter((change) => change.type === 'clear');
  const set = all.filter((change) => change.type === 'set');
  if (cleared.length > 0) {
    const ids = cleared.map(({ timerId }) => timerId);
    await sql`delete from timers where timer_id = any(${ids}::uuid[])`.execute(tx);
  }
  if (set.length > 0) {
    await sql`
      insert into timers (timer_id, kind, payload, due_at, traceparent)
      select * from unnest(
        ${set.map(({ timerId }) => timerId)}::uuid[],
        ${set.map(({ kind }) => kind)}::text[],
        ${set.map(({ payload }) => payload)}::bytea[],
        ${set.map(({ dueAt }) => dueAt)}::timestamptz[],
        ${set.map(({ traceparent }) => traceparent ?? null)}::text[])
      on conflict (timer_id) do update
        set kind = excluded.kind, payload = excluded.payload, due_at = excluded.due_at, attempts = 0,
          traceparent = excluded.traceparent`.execute(tx);
  }
}

/** Locks those timers that are still to be fired, and returns their ids: the others were fired, cleared or put off. */
export async function lockFirings(tx: Tx, firings: readonly Firing[]): Promise<ReadonlySet<string>> {
  if (firings.length === 0) return new Set();
  const ids = firings.map(({ timerId }) => timerId);
  const { rows } = await sql<{ timer_id: string }>`
    select t.timer_id from timers t
    join unnest(
      ${ids}::uuid[],
      ${firings.map(({ horizon }) => horizon)}::timestamptz[]) as f(timer_id, horizon)
      on t.timer_id = f.timer_id and t.due_at <= f.horizon
    where t.timer_id = any(${ids}::uuid[])
    order by t.timer_id for update of t`.execute(tx);
  return new Set(rows.map((row) => row.timer_id));
}

/** Timers due at or before the horizon, and never before their time by the database's clock; the longest due first. */
export async function dueTimers(db: Tx, horizon: Date, limit: number): Promise<readonly DueTimer[]> {
  const { rows } = await sql<{
    timer_id: string;
    kind: string;
    payload: Buffer;
    due_at: Date;
    attempts: number;
    traceparent: string | null;
  }>`
    select timer_id, kind, payload, due_at, attempts, traceparent from timers where due_at <= least(${horizon}::timestamptz, clock_timestamp())
    order by due_at limit ${limit}`.execute(db);
  return rows.map((row) => ({
    timerId: row.timer_id,
    kind: row.kind,
    payload: row.payload,
    dueAt: row.due_at,
    attempts: row.attempts,
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  }));
}

/** Puts timers off that could not be fired, each by its own time. */
export async function putOffTimers(
  tx: Tx,
  timers: readonly { readonly timerId: string; readonly afterMs: number }[],
): Promise<void> {
  if (timers.length === 0) return;
  const ids = timers.map(({ timerId }) => timerId);
  await sql`
    update timers t set attempts = t.attempts + 1,
      due_at = clock_timestamp() + p.after_ms * interval '1 millisecond'
    from unnest(
      ${ids}::uuid[],
      ${timers.map(({ afterMs }) => afterMs)}::float8[]) as p(timer_id, after_ms)
    where t.timer_id = any(${ids}::uuid[]) and t.timer_id = p.timer_id`.execute(tx);
}

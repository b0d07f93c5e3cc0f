/**
 * Rows for calls to the outside: written in the transaction of the events that ask for them, leased by whoever makes the
 * call (taskWorker.ts), deleted in the transaction of the command that holds the call's result.
 *
 * A lease is for liveness: it keeps two workers from calling at once. What counts is (lease_holder, attempts): `attempts`
 * grows with each lease and so is its fencing token, and a result of an older lease deletes nothing. Times are the
 * database's.
 *
 * `tried` is for those who wait for a call (log/watermark.ts): it was made, and brought no definite answer; or a breaker (breaker.ts)
 * kept it from being made, since whoever is called had failed too often: deadlines are for that too. Neither a lease nor its end
 * tells that.
 */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { inMs, isOver } from './dueTimes.ts';
import { tellable } from './redaction/words.ts';
import type { TaskClaim } from './taskClaims.ts';
import type { NewTask } from './writeModel.ts';

/** A task that this process holds. */
export interface Task {
  readonly taskId: string;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** How often it was leased, this time included. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** How long before this lease it was made, by the database's clock. */
  readonly ageMs: number;
  /** Of the command that asked for it; unset where nobody records it. */
  readonly traceparent?: string | undefined;
}

/** A bug. Its code is that of an integrity violation: the batch hunts down the command that asked for the task. */
class TaskConflict extends Error {
  readonly code = '23000';
  constructor(taskId: string) {
    super(`task ${taskId} is open with another content`);
    this.name = 'TaskConflict';
  }
}

/**
 * Inserts tasks; those that the claim takes are leased from the beginning. An id is derived from its aggregate and names one call: while a task of that id is open, the same task
 * again is the same call, already on its way, and is left out. (It cannot be lost to a worker that finishes just now: both
 * transactions hold the aggregate's lock.) Another kind or payload under an open id is a bug, and throws.
 */
export async function insertTasks(tx: Tx, tasks: readonly NewTask[], claim?: TaskClaim): Promise<void> {
  if (tasks.length === 0) return;
  const taken = claim?.take(tasks);
  const given = sql`unnest(
    ${tasks.map((task) => task.taskId)}::uuid[],
    ${tasks.map((task) => task.kind)}::text[],
    ${tasks.map((task) => task.payload)}::bytea[],
    ${tasks.map((task) => task.dueAt ?? null)}::timestamptz[],
    ${tasks.map((task) => taken?.has(task.taskId) ?? false)}::boolean[],
    ${tasks.map((task) => task.traceparent ?? null)}::text[])
      as t(task_id, kind, payload, due_at, is_taken, traceparent)`;
  const { rows: inserted } = await sql<{ task_id: string; attempts: number; created_at: Date }>`
    insert into tasks (task_id, kind, payload, due_at, created_at, lease_holder, leased_until, attempts, traceparent)
    select task_id, kind, payload, coalesce(due_at, now()), now(),
      case when is_taken then ${claim?.holder ?? null}::text end,
      case when is_taken then ${inMs(claim?.leaseMs ?? 0)} end,
      is_taken::integer, traceparent
    from ${given}
    on conflict (task_id) do nothing
    returning task_id, attempts, created_at`.execute(tx);
  if (claim && taken && taken.size > 0) claim.made(heldAmong(tasks, inserted));
  if (inserted.length === tasks.length) return;
  const { rows } = await sql<{ task_id: string }>`
    select o.task_id from tasks o join ${given} using (task_id)
    where (o.kind, o.payload) <> (t.kind, t.payload) limit 1`.execute(tx);
  if (rows[0]) throw new TaskConflict(rows[0].task_id);
}

function heldAmong(
  tasks: readonly NewTask[],
  inserted: readonly { task_id: string; attempts: number; created_at: Date }[],
): readonly Task[] {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  return inserted.flatMap(({ task_id: taskId, attempts, created_at: createdAt }): Task[] => {
    const task = byId.get(taskId);
    if (!task || attempts === 0) return [];
    const { kind, payload, traceparent } = task;
    return [{ taskId, kind, payload, attempts, createdAt, ageMs: 0, traceparent }];
  });
}

/** Deletes tasks that nobody has begun: those that were leased, even once, go on. */
export async function withdrawTasks(tx: Tx, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return;
  await sql`delete from tasks where task_id = any(${taskIds}::uuid[]) and attempts = 0`.execute(tx);
}

export interface LeaseRequest {
  /** How many of each kind. */
  readonly rooms: readonly { readonly kind: string; readonly room: number }[];
  readonly leaseMs: number;
  /** Not these, although their lease may be over: the holder is still at them. */
  readonly except: readonly string[];
  /** These too, if the holder has them: he knows that nobody is at them. */
  readonly lost?: readonly string[];
}

/**
 * Leases tasks that are due and that nobody holds, of each kind the longest due first. They are sought once, by themselves:
 * a plan from a time when there were hardly any tasks would seek, and lock, anew for each row of the table.
 */
export async function leaseTasks(db: Tx, holder: string, request: LeaseRequest): Promise<readonly Task[]> {
  const { rooms, leaseMs, except, lost = [] } = request;
  const { rows } = await sql<{
    task_id: string;
    kind: string;
    payload: Buffer;
    attempts: number;
    created_at: Date;
    age_ms: number;
    traceparent: string | null;
  }>`
    with due as materialized (
      select due.task_id
      from unnest(${rooms.map(({ kind }) => kind)}::text[], ${rooms.map(({ room }) => room)}::integer[]) as k(kind, room)
      cross join lateral (
        select task_id from tasks
        where kind = k.kind and due_at <= clock_timestamp()
          and (leased_until is null
            or ${isOver('leased_until', leaseMs)}
            or (lease_holder = ${holder} and task_id = any(${lost}::uuid[])))
          and task_id <> all(${except}::uuid[])
        order by due_at limit k.room for update skip locked) as due)
    update tasks t set
      lease_holder = ${holder},
      leased_until = ${inMs(leaseMs)},
      attempts = t.attempts + 1
    where t.task_id = any(array(select task_id from due))
    returning t.task_id, t.kind, t.payload, t.attempts, t.created_at, t.traceparent,
      (extract(epoch from clock_timestamp() - t.created_at) * 1000)::float8 as age_ms`.execute(db);
  return rows.map((row) => ({
    taskId: row.task_id,
    kind: row.kind,
    payload: row.payload,
    attempts: row.attempts,
    createdAt: row.created_at,
    ageMs: row.age_ms,
    traceparent: row.traceparent ?? undefined,
  }));
}

/** The rows of `tasks` that are still held under the same lease: found by their key, whatever the plan takes the table for. */
const held = (holder: string, tasks: readonly Task[]) => sql`
  unnest(${tasks.map((task) => task.taskId)}::uuid[], ${tasks.map((task) => task.attempts)}::integer[])
    as h(task_id, attempts)
  where t.task_id = any(${tasks.map((task) => task.taskId)}::uuid[])
    and t.task_id = h.task_id and t.attempts = h.attempts and t.lease_holder = ${holder}`;

/** Holds them for `leaseMs` more. Rows that are locked are about to be deleted, and are not waited for. */
export async function renewLeases(
  db: Tx,
  holder: string,
  tasks: readonly Task[],
  leaseMs: number,
): Promise<void> {
  await sql`
    with mine as materialized (
      select t.task_id from tasks t, ${held(holder, tasks)} for update of t skip locked)
    update tasks t set leased_until = ${inMs(leaseMs)}
    where t.task_id = any(array(select task_id from mine))`.execute(db);
}

/** Deletes finished tasks; returns the ids of those that were still this holder's. */
export async function deleteTasks(
  tx: Tx,
  holder: string,
  tasks: readonly Task[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ task_id: string }>`
    delete from tasks t using ${held(holder, tasks)} returning t.task_id`.execute(tx);
  return new Set(rows.map((row) => row.task_id));
}

const MAX_ERROR_CHARACTERS = 500;

/** Others than those who read the log may see it. */
const shownError = (error: string): string => tellable(error, MAX_ERROR_CHARACTERS).trimEnd();

/** A call that was made in vain. */
export interface Vain {
  /** When to make it again. */
  readonly afterMs: number;
  /** Why it brought nothing definite. */
  readonly error: string;
}

/** Gives leases up. Without `vain` the calls may not have been made: the tasks are as they were before, and as long due. */
export async function giveBackTasks(
  db: Tx,
  holder: string,
  tasks: readonly Task[],
  vain?: Vain,
): Promise<void> {
  const outcome = vain
    ? sql`, tried = true, error = ${shownError(vain.error)},
      due_at = ${inMs(vain.afterMs)}`
    : sql``;
  await sql`
    update tasks t set lease_holder = null, leased_until = null${outcome}
    from ${held(holder, tasks)}`.execute(db);
}

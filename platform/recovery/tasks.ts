/** Tasks of a database that was restored: which of their calls were made is not known any more. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { Consequences } from './replay.ts';

/**
 * Marks every open task as begun, since in the history that was lost its call may have been made, and as not tried: what it
 * brought is not known, and deadlines wait until the provider has been asked.
 */
export async function beginAllTasks(db: Tx): Promise<void> {
  await sql`
    update tasks set attempts = greatest(attempts, 1), tried = false
    where attempts = 0 or tried`.execute(db);
}

/** Opens tasks, each as old as its event, as begun and not tried, and deletes those that are settled. */
export async function writeTasks(
  tx: Tx,
  tasks: Consequences['tasks'],
  settled: Consequences['settled'],
): Promise<void> {
  if (settled.size > 0) {
    await sql`delete from tasks where task_id = any(${[...settled]}::uuid[])`.execute(tx);
  }
  if (tasks.size === 0) return;
  const all = [...tasks.values()];
  await sql`
    insert into tasks (task_id, kind, payload, due_at, created_at, attempts)
    select task_id, kind, payload, coalesce(due_at, since), since, 1 from unnest(
      ${all.map(({ task }) => task.taskId)}::uuid[],
      ${all.map(({ task }) => task.kind)}::text[],
      ${all.map(({ task }) => task.payload)}::bytea[],
      ${all.map(({ task }) => task.dueAt ?? null)}::timestamptz[],
      ${all.map(({ since }) => since)}::timestamptz[]) as t(task_id, kind, payload, due_at, since)
    on conflict (task_id) do nothing`.execute(tx);
}

/**
 * Tasks as rows that a decider may look at: whether a call was asked for and nobody has begun it. A model that names such
 * a row locks it, so that no worker begins while the decision is made; a worker that has begun is seen.
 *
 * The state is true for a task that was never leased; false for one that was, and where there is none. Nothing is written
 * through this table: tasks come and go with events (`tasksOf`, `withdrawnBy`).
 */
import { sql } from 'kysely';
import { lockBy } from './lockedRows.ts';
import type { AggregateTable } from './writeModel.ts';

export const untouchedTasks: AggregateTable<boolean> = {
  name: 'tasks',
  initial: () => false,
  lock: lockBy('tasks', 'task_id', 'uuid'),
  async read(tx, keys) {
    const { rows } = await sql<{ task_id: string; attempts: number }>`
      select task_id, attempts from tasks where task_id = any(${keys}::uuid[])`.execute(tx);
    return new Map(rows.map((row) => [row.task_id, { state: row.attempts === 0, version: 1 }]));
  },
  insert: async () => undefined,
  update: async () => undefined,
};

/** Where a call to the outside stands (tasks.ts), for those who look at it. */
import { sql } from 'kysely';
import type { Tx } from './database.ts';

export interface OpenTask {
  readonly createdAt: Date;
  /** How often it was leased. */
  readonly attempts: number;
  /** undefined: somebody is at it. */
  readonly nextAttemptAt: Date | undefined;
  /** Why the last attempt brought nothing definite, where that is known. */
  readonly error: string | undefined;
}

/** undefined: it is done, withdrawn, or was never asked for. */
export async function readOpenTask(db: Tx, taskId: string): Promise<OpenTask | undefined> {
  const { rows } = await sql<{ created_at: Date; attempts: number; next: Date | null; error: string | null }>`
    select created_at, attempts, error, case when leased_until > clock_timestamp() then null else due_at end as next
    from tasks where task_id = ${taskId}`.execute(db);
  const [row] = rows;
  return (
    row && {
      createdAt: row.created_at,
      attempts: row.attempts,
      nextAttemptAt: row.next ?? undefined,
      error: row.error ?? undefined,
    }
  );
}

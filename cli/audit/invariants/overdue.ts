/** Calls to the outside that nobody makes: at rest there are none. */
import { sql } from 'kysely';
import type { Report } from '../invariant.ts';
import type { Snapshot } from '../snapshot.ts';

/** Longer than anything is put off for, and than it takes to lease what is due. */
const OVERDUE_MS = 180_000;

const MAX_TOLD = 100;

/** Calls that are due, and that nobody makes. `attempts` grows with each lease: one that is taken up meanwhile is another. */
export async function checkOverdue({ service, tx, now }: Snapshot, report: Report): Promise<void> {
  const since = new Date(now.getTime() - OVERDUE_MS);
  const { rows } = await sql<{ task_id: string; kind: string; attempts: number; due_at: Date }>`
    select task_id, kind, attempts, due_at from tasks
    where due_at < ${since} and (leased_until is null or leased_until < ${since})
    order by due_at limit ${MAX_TOLD}`.execute(tx);
  for (const { task_id, kind, attempts, due_at } of rows) {
    const evidence = { task: task_id, kind, attempts, due: due_at.toISOString() };
    report.violation(service, 'a call is due, and nobody makes it', evidence);
  }
}

/** Where timers stand, for GetTimerStatus. */
import { sql } from 'kysely';
import type { GetTimerStatusResponse } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Database } from '../database.ts';
import type { WatermarkStatus } from '../log/watermarks.ts';

/** Throws what the database throws. */
export async function timerStatus(
  db: Database,
  { horizon, waitingFor }: WatermarkStatus,
): Promise<GetTimerStatusResponse> {
  const { rows } = await sql<{ due: bigint; next: Date | null }>`
    select (select count(*) from timers where due_at <= clock_timestamp()) as due,
      (select min(due_at) from timers) as next`.execute(db);
  return { due: rows[0]?.due ?? 0n, nextDueTime: rows[0]?.next ?? undefined, horizon, waitingFor };
}

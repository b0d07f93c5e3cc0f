/** Which generations of tables there are, and the lock of who rebuilds: one row a projection (projector/tables/sql). */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/database.ts';
import type { FoundLock, RebuildLock } from '../../../projector/engine/rebuildLock.ts';
import { LockTaken, leaseLost } from '../lease.ts';

/** Schemas. */
export interface Standings {
  readonly live: string;
  readonly next: string | null;
  readonly previous: string | null;
}

/** undefined: the projector has not made any yet. */
export async function readStandings(db: Tx, projection: string): Promise<Standings | undefined> {
  const { rows } = await sql<Standings>`
    select live, next, previous from generations where projection = ${projection}`.execute(db);
  return rows[0];
}

/** Until the end of the transaction nobody else changes them. */
export async function lockStandings(tx: Tx, projection: string): Promise<Standings | undefined> {
  const { rows } = await sql<Standings>`
    select live, next, previous from generations where projection = ${projection} for update`.execute(tx);
  return rows[0];
}

/** The same for that run: throws LEASE_LOST if another has taken over, which none can before the transaction ends. */
export async function lockStandingsFor(tx: Tx, projection: string, run: string): Promise<Standings> {
  const standings = await lockStandings(tx, projection);
  const owner = (await readTableLock(tx, projection))?.lock;
  if (!standings || owner?.run !== run) throw leaseLost(projection);
  return standings;
}

/** undefined: there is nothing to rebuild. */
export async function readTableLock(db: Tx, projection: string): Promise<FoundLock | undefined> {
  const { rows } = await sql<{ rebuild_lock: RebuildLock | null; rebuild_lock_moves: bigint }>`
    select rebuild_lock, rebuild_lock_moves from generations where projection = ${projection}`.execute(db);
  const [row] = rows;
  if (!row) return undefined;
  const free = { owner: '', expiresAt: new Date(0).toISOString() };
  return { lock: row.rebuild_lock ?? free, seqNo: Number(row.rebuild_lock_moves), primaryTerm: 0 };
}

export async function writeTableLock(
  db: Tx,
  projection: string,
  lock: RebuildLock,
  before: FoundLock | undefined,
): Promise<FoundLock> {
  const seqNo = before?.seqNo ?? 0;
  const { numAffectedRows } = await sql`
    update generations set rebuild_lock = ${JSON.stringify(lock)}::jsonb,
      rebuild_lock_moves = rebuild_lock_moves + 1
    where projection = ${projection} and rebuild_lock_moves = ${seqNo}`.execute(db);
  if (numAffectedRows !== 1n) throw new LockTaken();
  return { lock, seqNo: seqNo + 1, primaryTerm: 0 };
}

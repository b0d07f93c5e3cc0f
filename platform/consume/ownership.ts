/**
 * Which replica reads which partitions. Each replica heartbeats into `members`, and takes the share that its rank among the
 * living gives it: it gives up what it has beyond that by splitting its rows, and claims rows in its share that are free or
 * whose owner's time is over. One replica has one row. All times are the database's.
 *
 * To live is to read: who cannot reach the log keeps nothing (readLoop.ts), and after ttlMs the others have it.
 *
 * Liveness only. Two who believe they own a range are harmless (checkpoints.ts), so nothing here waits for anybody: a row
 * that is locked belongs to a batch that is being committed, and is claimed some other time.
 */
import { sql } from 'kysely';
import { type Database, type Tx, transact } from '../database.ts';
import { inMs, isOver } from '../dueTimes.ts';
import { pause } from '../wait.ts';
import {
  type Checkpoint,
  type CheckpointRow,
  checkpointColumns,
  type Owned,
  toCheckpoint,
} from './checkpoints.ts';
import { type HeldCheckpoint, type Range, reshape, shareOf } from './ranges.ts';

export interface Membership {
  readonly consumer: string;
  /** What it reads. */
  readonly stream: string;
  /** Names this replica; no other living one has the same name. */
  readonly owner: string;
  /** After this time without a heartbeat others take over. */
  readonly ttlMs: number;
}

/** Heartbeats, gives up, claims, merges; returns what this replica owns now, in order. To be called every ttlMs / 3. */
export function keepShare(db: Database, membership: Membership): Promise<Owned> {
  return transact(db, async (tx) => {
    const { consumer, owner } = membership;
    const share = shareOf(owner, await heartbeat(tx, membership));
    const mine = await renew(tx, membership);
    const before = [...mine, ...(share ? await lockFree(tx, membership, share) : [])];
    const after = reshape(before, share);
    const unchanged = before.length === mine.length && after.length === mine.length && after.every(isMine);
    if (!unchanged) await replace(tx, membership, before, after);
    return {
      consumer,
      owner,
      checkpoints: after.filter(isMine).map(({ mine: _, ...checkpoint }) => checkpoint),
    };
  });
}

/**
 * Keeps what this replica owns during work that may take longer than a claim lasts: claims nothing, and gives up nothing.
 * Throws what the work throws. Where the database fails the claims run out, and the next keepShare tells.
 */
export async function holdShare<T>(db: Database, membership: Membership, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const holding = hold(db, membership, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    // No heartbeat may come after what comes next, which may be that it leaves.
    await holding;
  }
}

async function hold(db: Database, membership: Membership, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pause(membership.ttlMs / 3, signal);
    if (signal.aborted) return;
    const held = transact(db, async (tx) => {
      await heartbeat(tx, membership);
      await renew(tx, membership);
    });
    await held.catch(() => undefined);
  }
}

/** Leaves, so that the others need not wait for the time to run out. */
export async function leave(db: Database, { consumer, owner }: Membership): Promise<void> {
  await transact(db, async (tx) => {
    await sql`delete from members where consumer = ${consumer} and member = ${owner}`.execute(tx);
    await sql`update checkpoints set owner = null, owner_until = null
      where consumer = ${consumer} and owner = ${owner}`.execute(tx);
  });
}

const isMine = (checkpoint: HeldCheckpoint): boolean => checkpoint.mine;

/** Says that this replica lives; returns all that do: itself in any case, however late it comes. */
async function heartbeat(tx: Tx, membership: Membership): Promise<readonly string[]> {
  const { consumer, owner, ttlMs } = membership;
  await sql`
    insert into members (consumer, member, expires_at) values (${consumer}, ${owner}, ${inMs(ttlMs)})
    on conflict (consumer, member) do update set expires_at = excluded.expires_at`.execute(tx);
  await sql`
    delete from members where (consumer, member) in (
      select consumer, member from members
      where consumer = ${consumer} and member <> ${owner} and ${isOver('expires_at', membership.ttlMs)}
      for update skip locked)`.execute(tx);
  const { rows } = await sql<{ member: string }>`
    select member from members
    where consumer = ${consumer}
      and (member = ${owner} or not (${isOver('expires_at', membership.ttlMs)}))`.execute(tx);
  return rows.map(({ member }) => member);
}

async function renew(tx: Tx, { consumer, owner, ttlMs }: Membership): Promise<readonly Checkpoint[]> {
  const { rows } = await sql<CheckpointRow>`
    update checkpoints set owner_until = ${inMs(ttlMs)}
    where consumer = ${consumer} and owner = ${owner} returning ${checkpointColumns}`.execute(tx);
  return rows.map(toCheckpoint);
}

async function lockFree(
  tx: Tx,
  membership: Membership,
  { firstPartition, lastPartition }: Range,
): Promise<readonly Checkpoint[]> {
  const { consumer, owner } = membership;
  const { rows } = await sql<CheckpointRow>`
    select ${checkpointColumns} from checkpoints
    where consumer = ${consumer} and first_partition <= ${lastPartition} and last_partition >= ${firstPartition}
      and owner is distinct from ${owner}
      and (owner is null or ${isOver('owner_until', membership.ttlMs)})
    order by first_partition for update skip locked`.execute(tx);
  return rows.map(toCheckpoint);
}

/** Puts other rows in the place of rows that are locked here: together they cover the same partitions. */
async function replace(
  tx: Tx,
  { consumer, stream, owner, ttlMs }: Membership,
  before: readonly Checkpoint[],
  after: readonly HeldCheckpoint[],
): Promise<void> {
  await sql`
    delete from checkpoints where consumer = ${consumer}
      and first_partition = any(${before.map((range) => range.firstPartition)}::smallint[])`.execute(tx);
  await sql`
    insert into checkpoints (consumer, stream, ${checkpointColumns}, owner, owner_until)
    select ${consumer}, ${stream}, r.first_partition, r.last_partition, r.sequence, r.last_event_id, r.stream_epoch,
      case when r.mine then ${owner} end, case when r.mine then ${inMs(ttlMs)} end
    from unnest(
      ${after.map((range) => range.firstPartition)}::smallint[],
      ${after.map((range) => range.lastPartition)}::smallint[],
      ${after.map((range) => range.sequence)}::bigint[],
      ${after.map((range) => range.lastEventId ?? null)}::uuid[],
      ${after.map((range) => range.streamEpoch)}::integer[],
      ${after.map((range) => range.mine)}::boolean[])
      as r(first_partition, last_partition, sequence, last_event_id, stream_epoch, mine)`.execute(tx);
}

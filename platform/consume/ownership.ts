/**
 * Which replica reads which partitions. Each replica heartbeats into `members`, and takes the share that its rank among the
 * living gives it: it gives up what it has beyond that by splitting its rows, and claims rows in its share that are free or
 * whose owner's time is over. One replica has one row. All times are the database's.
 *
 * Liveness only. Two who believe they own a range are harmless (checkpoints.ts), so nothing here waits for anybody: a row
 * that is locked belongs to a batch that is being committed, and is claimed some other time.
 */
import { sql } from 'kysely';
import { type Database, type Tx, transact } from '../database.ts';
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

/** Leaves, so that the others need not wait for the time to run out. */
export async function leave(db: Database, { consumer, owner }: Membership): Promise<void> {
  await transact(db, async (tx) => {
    await sql`delete from members where consumer = ${consumer} and member = ${owner}`.execute(tx);
    await sql`update checkpoints set owner = null, owner_until = null
      where consumer = ${consumer} and owner = ${owner}`.execute(tx);
  });
}

const isMine = (checkpoint: HeldCheckpoint): boolean => checkpoint.mine;

const until = (ttlMs: number) => sql`clock_timestamp() + ${ttlMs} * interval '1 millisecond'`;

/** Says that this replica lives; returns all that do: itself in any case, however late it comes. */
async function heartbeat(tx: Tx, { consumer, owner, ttlMs }: Membership): Promise<readonly string[]> {
  await sql`
    insert into members (consumer, member, expires_at) values (${consumer}, ${owner}, ${until(ttlMs)})
    on conflict (consumer, member) do update set expires_at = excluded.expires_at`.execute(tx);
  await sql`
    delete from members where (consumer, member) in (
      select consumer, member from members
      where consumer = ${consumer} and member <> ${owner} and expires_at < clock_timestamp()
      for update skip locked)`.execute(tx);
  const { rows } = await sql<{ member: string }>`
    select member from members
    where consumer = ${consumer} and (expires_at >= clock_timestamp() or member = ${owner})`.execute(tx);
  return rows.map(({ member }) => member);
}

async function renew(tx: Tx, { consumer, owner, ttlMs }: Membership): Promise<readonly Checkpoint[]> {
  const { rows } = await sql<CheckpointRow>`
    update checkpoints set owner_until = ${until(ttlMs)}
    where consumer = ${consumer} and owner = ${owner} returning ${checkpointColumns}`.execute(tx);
  return rows.map(toCheckpoint);
}

async function lockFree(
  tx: Tx,
  { consumer, owner }: Membership,
  { firstPartition, lastPartition }: Range,
): Promise<readonly Checkpoint[]> {
  const { rows } = await sql<CheckpointRow>`
    select ${checkpointColumns} from checkpoints
    where consumer = ${consumer} and first_partition <= ${lastPartition} and last_partition >= ${firstPartition}
      and owner is distinct from ${owner} and (owner is null or owner_until < clock_timestamp())
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
      case when r.mine then ${owner} end, case when r.mine then ${until(ttlMs)} end
    from unnest(
      ${after.map((range) => range.firstPartition)}::smallint[],
      ${after.map((range) => range.lastPartition)}::smallint[],
      ${after.map((range) => range.sequence)}::bigint[],
      ${after.map((range) => range.lastEventId ?? null)}::uuid[],
      ${after.map((range) => range.streamEpoch)}::integer[],
      ${after.map((range) => range.mine)}::boolean[])
      as r(first_partition, last_partition, sequence, last_event_id, stream_epoch, mine)`.execute(tx);
}

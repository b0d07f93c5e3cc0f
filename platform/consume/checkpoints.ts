/**
 * How far a consumer's effects go. A row covers a contiguous range of partitions, and says: of this range, everything up
 * to `sequence` has had its effects. It moves in the transaction of the effects, by compare-and-set: of two owners only one
 * can move it, and a message that comes twice has no effect.
 *
 * Ranges read together move together, to the sequence of the last message read, whichever range that was in. So ranges
 * that one owner has become equal with the first batch read through them, and can be merged.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { PARTITIONS } from '../ids.ts';

export interface Checkpoint {
  /** First to last, both included. */
  readonly firstPartition: number;
  readonly lastPartition: number;
  /** 0: nothing yet. */
  readonly sequence: number;
  /** The event at `sequence`, of whichever partition; undefined at 0. */
  readonly lastEventId: string | undefined;
  /** The life of the stream in which the sequence counts. */
  readonly streamEpoch: number;
}

/** The owner's name, and his rows as he knows them. */
export interface Owned {
  readonly consumer: string;
  readonly owner: string;
  readonly checkpoints: readonly Checkpoint[];
}

/** Somebody else owns or moved a range: roll back, drop what is in memory, read the ownership again. */
export class CheckpointLost extends Error {
  constructor(consumer: string, owned: number, moved: number) {
    super(`${consumer}: of ${owned} ranges only ${moved} were still where this owner left them`);
    this.name = 'CheckpointLost';
  }
}

export interface CheckpointRow {
  first_partition: number;
  last_partition: number;
  sequence: bigint;
  last_event_id: string | null;
  stream_epoch: number;
}

export const checkpointColumns = sql`first_partition, last_partition, sequence, last_event_id, stream_epoch`;

export const toCheckpoint = (row: CheckpointRow): Checkpoint => ({
  firstPartition: row.first_partition,
  lastPartition: row.last_partition,
  sequence: Number(row.sequence),
  lastEventId: row.last_event_id ?? undefined,
  streamEpoch: row.stream_epoch,
});

/** Whether a consumer has begun. */
export async function hasCheckpoint(db: Tx, consumer: string): Promise<boolean> {
  const { rows } = await sql`select 1 from checkpoints where consumer = ${consumer} limit 1`.execute(db);
  return rows.length > 0;
}

/** The first row of a consumer, at the stream's beginning. A row that is there stays as it is. */
export async function createCheckpoint(
  db: Tx,
  consumer: string,
  stream: string,
  streamEpoch: number,
): Promise<void> {
  // Ranges split and merge, but one always begins at partition 0: its key is the guard.
  await sql`
    insert into checkpoints (consumer, first_partition, last_partition, stream, sequence, stream_epoch)
    values (${consumer}, 0, ${PARTITIONS - 1}, ${stream}, 0, ${streamEpoch})
    on conflict (consumer, first_partition) do nothing`.execute(db);
}

/** Where the ranges stand after a batch whose last message is this. */
export function advance(
  checkpoints: readonly Checkpoint[],
  last: { readonly sequence: number; readonly eventId: string },
): readonly Checkpoint[] {
  return checkpoints.map((checkpoint) =>
    checkpoint.sequence >= last.sequence
      ? checkpoint
      : { ...checkpoint, sequence: last.sequence, lastEventId: last.eventId },
  );
}

/** Moves all ranges of an owner from where he knows them to `to` (same ranges, same order). Throws CheckpointLost. */
export async function moveCheckpoints(
  tx: Tx,
  { consumer, owner, checkpoints }: Owned,
  to: readonly Checkpoint[],
): Promise<void> {
  const moved = await sql`
    update checkpoints c set sequence = m.next_sequence, last_event_id = m.last_event_id,
      stream_epoch = m.next_epoch
    from unnest(
      ${checkpoints.map((range) => range.firstPartition)}::smallint[],
      ${checkpoints.map((range) => range.lastPartition)}::smallint[],
      ${checkpoints.map((range) => range.sequence)}::bigint[],
      ${checkpoints.map((range) => range.streamEpoch)}::integer[],
      ${to.map((range) => range.sequence)}::bigint[],
      ${to.map((range) => range.lastEventId ?? null)}::uuid[],
      ${to.map((range) => range.streamEpoch)}::integer[])
      as m(first_partition, last_partition, sequence, stream_epoch, next_sequence, last_event_id, next_epoch)
    where c.consumer = ${consumer} and c.owner = ${owner}
      and c.first_partition = m.first_partition and c.last_partition = m.last_partition
      and c.sequence = m.sequence and c.stream_epoch = m.stream_epoch`.execute(tx);
  const count = Number(moved.numAffectedRows);
  if (count !== checkpoints.length) throw new CheckpointLost(consumer, checkpoints.length, count);
}

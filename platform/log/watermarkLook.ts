/** What a watermark is made of (watermark.ts), in one statement: all of it is of one moment. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** How far a consumer has read a range of partitions. */
export interface ReadRange {
  readonly consumer: string;
  readonly firstPartition: number;
  readonly lastPartition: number;
  readonly sequence: number;
  readonly epoch: number;
}

export interface Look {
  /** By the database's clock, before anything was read. */
  readonly time: Date;
  /** The relay's record: what of the log is this database's own, for certain. */
  readonly position: {
    readonly sequence: number;
    readonly epoch: number;
    /** The sequence of each partition's last message up to there. */
    readonly last: readonly number[];
  };
  /** undefined: the outbox is empty. */
  readonly oldestOutboxId: bigint | undefined;
  readonly newestOutboxId: bigint | undefined;
  /**
   * Since when the oldest call is due that was not tried to its end yet; undefined: there is none. Its lease tells nothing:
   * whoever has it, or had it, may be gone before the call.
   */
  readonly untriedSince: Date | undefined;
  readonly ranges: readonly ReadRange[];
}

interface LookRow {
  readonly time: Date;
  readonly position: bigint;
  readonly epoch: number;
  readonly prev: readonly string[];
  readonly oldest: bigint | null;
  readonly newest: bigint | null;
  readonly untried: Date | null;
  readonly ranges: readonly ReadRange[];
}

/** undefined: this database has never seen its stream. */
export async function look(
  db: Database,
  stream: string,
  consumers: readonly string[],
): Promise<Look | undefined> {
  // now() is when the statement's own transaction began, and so not later than its snapshot.
  const { rows } = await sql<LookRow>`
    select date_trunc('milliseconds', now()) as time, position, stream_epoch as epoch, prev::text[] as prev,
      (select min(id) from outbox) as oldest,
      (select max(id) from outbox) as newest,
      (select due_at from tasks
        where due_at <= now() and not tried
        order by due_at limit 1) as untried,
      (select coalesce(json_agg(json_build_object('consumer', consumer, 'firstPartition', first_partition,
          'lastPartition', last_partition, 'sequence', sequence, 'epoch', stream_epoch)), '[]')
        from checkpoints where consumer = any(${consumers}::text[])) as ranges
    from relay where stream = ${stream}`.execute(db);
  const row = rows[0];
  return (
    row && {
      time: row.time,
      position: { sequence: Number(row.position), epoch: row.epoch, last: row.prev.map(Number) },
      oldestOutboxId: row.oldest ?? undefined,
      newestOutboxId: row.newest ?? undefined,
      untriedSince: row.untried ?? undefined,
      ranges: row.ranges,
    }
  );
}

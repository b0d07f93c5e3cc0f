/**
 * The relay's record in the database: which stream is its own, and up to which sequence its events are known to be in it.
 * The record moves by compare-and-set, in the statement that deletes the outbox rows, so that they agree for ever.
 */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { PARTITIONS } from '../ids.ts';
import type { LeaseTerm } from './lease.ts';
import type { StreamIdentity } from './stream.ts';

export interface RelayRecord {
  /** The stream's `created`. */
  readonly created: string;
  readonly epoch: number;
  /** Every event up to this sequence is recorded as published. */
  readonly position: number;
  /** The sequence of each partition's last message up to there; 0: none. */
  readonly prev: readonly number[];
}

/** Somebody else moved the record or took the lease: what is in memory is void. */
export class Fenced extends Error {
  constructor() {
    super('another relay leads: its record has moved on');
    this.name = 'Fenced';
  }
}

/** undefined: this database has never seen its stream. */
export async function readRelayRecord(db: Database, stream: string): Promise<RelayRecord | undefined> {
  const { rows } = await sql<{ created: string; epoch: number; position: bigint; prev: string[] }>`
    select stream_created as created, stream_epoch as epoch, position, prev::text[] as prev
    from relay where stream = ${stream}`.execute(db);
  const row = rows[0];
  return row && { ...row, position: Number(row.position), prev: row.prev.map(Number) };
}

/** Remembers an empty stream as the own one, unless another replica did so first. */
export async function insertRelayRecord(
  db: Database,
  stream: string,
  identity: StreamIdentity,
): Promise<void> {
  const position = identity.firstSequence - 1;
  await sql`
    insert into relay (stream, stream_created, stream_epoch, position, prev)
    values (${stream}, ${identity.created}, ${identity.epoch}, ${position}, array_fill(0::bigint, array[${PARTITIONS}::integer]))
    on conflict do nothing`.execute(db);
}

/** What a batch makes of the record. */
export interface Advance {
  readonly stream: string;
  readonly from: RelayRecord;
  readonly to: RelayRecord;
  /** Outbox rows that are in the log now. */
  readonly outboxIds: readonly bigint[];
}

/**
 * Moves the record and deletes the outbox rows in one statement. Throws Fenced, with nothing done, if the record is not at
 * `from` or the lease is another's.
 */
export async function recordPublished(db: Database, lease: LeaseTerm, advance: Advance): Promise<void> {
  const { stream, from, to, outboxIds } = advance;
  const { rows } = await sql<{ moved: bigint }>`
    with moved as (
      update relay set position = ${to.position}, prev = ${to.prev}::bigint[]
      where stream = ${stream} and stream_created = ${from.created} and stream_epoch = ${from.epoch}
        and position = ${from.position}
        and exists (select from leases
          where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch})
      returning 1),
    deleted as (
      delete from outbox where id = any(${outboxIds}::bigint[]) and exists (select from moved))
    select count(*) as moved from moved`.execute(db);
  if (rows[0]?.moved !== 1n) throw new Fenced();
}

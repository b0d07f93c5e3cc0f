/**
 * The relay's record in the database: which stream is its own, and up to which sequence its events are known to be in it.
 * The record moves by compare-and-set, in the statement that deletes the outbox rows, so that they agree for ever.
 *
 * The log is in the order of positions but for late events: those of a transaction that committed after an event of a
 * higher position was published. They are written down (late_events), so that the log can be made again in its own order.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
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
  /** The highest of the published events' own positions (events.position); 0: none. */
  readonly lastId: bigint;
}

/** Somebody else moved the record or took the lease: what is in memory is void. */
export class Fenced extends Error {
  constructor() {
    super('another relay leads: its record has moved on');
    this.name = 'Fenced';
  }
}

/** undefined: this database has never seen its stream. */
export async function readRelayRecord(db: Tx, stream: string): Promise<RelayRecord | undefined> {
  const { rows } = await sql<{
    created: string;
    epoch: number;
    position: bigint;
    prev: string[];
    last_id: bigint;
  }>`
    select stream_created as created, stream_epoch as epoch, position, prev::text[] as prev, last_id
    from relay where stream = ${stream}`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  const { last_id: lastId, ...record } = row;
  return { ...record, position: Number(row.position), prev: row.prev.map(Number), lastId };
}

/** Remembers an empty stream as the own one, unless another replica did so first. */
export async function insertRelayRecord(db: Tx, stream: string, identity: StreamIdentity): Promise<void> {
  const position = identity.firstSequence - 1;
  await sql`
    insert into relay (stream, stream_created, stream_epoch, position, prev)
    values (${stream}, ${identity.created}, ${identity.epoch}, ${position}, array_fill(0::bigint, array[${PARTITIONS}::integer]))
    on conflict do nothing`.execute(db);
}

/** An event that is in the log now. */
export interface PublishedEvent {
  /** Its position in the events table, and the id of its outbox row if there is one. */
  readonly id: bigint;
  readonly streamId: string;
  readonly version: number;
}

/** What a batch makes of the record. */
export interface Advance {
  readonly stream: string;
  readonly from: RelayRecord;
  readonly to: Omit<RelayRecord, 'lastId'>;
  /** In the log's order; their outbox rows go. */
  readonly events: readonly PublishedEvent[];
}

/**
 * Moves the record and deletes the outbox rows in one statement; returns the record as it is then. Throws Fenced, with
 * nothing done, if the record is not at `from` or the lease is another's.
 */
export async function recordPublished(db: Tx, lease: LeaseTerm, advance: Advance): Promise<RelayRecord> {
  const { stream, from, to, events } = advance;
  const { late, lastId } = lateAmong(events, from.lastId);
  const { rows } = await sql<{ moved: bigint }>`
    with moved as (
      update relay set position = ${to.position}, prev = ${to.prev}::bigint[], last_id = ${lastId}
      where stream = ${stream} and stream_created = ${from.created} and stream_epoch = ${from.epoch}
        and position = ${from.position}
        and exists (select from leases
          where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch})
      returning 1),
    noted as (
      insert into late_events (stream_id, version, position, after)
      select stream_id, version, position, after from unnest(
        ${late.map(({ event }) => event.streamId)}::text[],
        ${late.map(({ event }) => event.version)}::integer[],
        ${late.map(({ event }) => event.id)}::bigint[],
        ${late.map(({ after }) => after)}::bigint[]) with ordinality as l(stream_id, version, position, after, n)
      where exists (select from moved) order by n),
    deleted as (
      delete from outbox where id = any(${events.map(({ id }) => id)}::bigint[]) and exists (select from moved))
    select count(*) as moved from moved`.execute(db);
  if (rows[0]?.moved !== 1n) throw new Fenced();
  return { ...to, lastId };
}

/** Those that come after a higher one, and the highest of all. */
function lateAmong(events: readonly PublishedEvent[], lastId: bigint) {
  const late: { readonly event: PublishedEvent; readonly after: bigint }[] = [];
  let highest = lastId;
  for (const event of events) {
    if (event.id > highest) highest = event.id;
    else late.push({ event, after: highest });
  }
  return { late, lastId: highest };
}

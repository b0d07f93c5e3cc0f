/** Parked events for those who look at them: in pages, each with its place in its aggregate's queue. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { type ParkedEvent, type ParkedRow, toParkedEvent } from './parkedRow.ts';

/** A parked event, and its place in the queue of its aggregate. */
export interface QueuedEvent extends ParkedEvent {
  /** How many must be handled before it; 0: it is the head. */
  readonly ahead: number;
  /** How many wait behind it. */
  readonly waiting: number;
}

/** Where a page ended. */
export interface ParkedPlace {
  readonly consumer: string;
  readonly stream: string;
  readonly epoch: number;
  readonly sequence: number;
}

export const placeOf = ({ consumer, message: { stream, epoch, sequence } }: ParkedEvent): ParkedPlace => ({
  consumer,
  stream,
  epoch,
  sequence,
});

export interface ParkedQuery {
  readonly consumer?: string | undefined;
  readonly aggregateId?: string | undefined;
  /** Full name. */
  readonly type?: string | undefined;
  readonly parkedId?: string | undefined;
  readonly after?: ParkedPlace | undefined;
  readonly limit: number;
}

/** What a page may hold, errors included: below what a gRPC message may. One event is always given. */
const PAGE_MAX_BYTES = 3_000_000;
/** For all of an event that is neither payload nor error. */
const EVENT_ROOM_BYTES = 2_000;

export interface ParkedPage {
  /** By consumer, stream and order of reading. */
  readonly events: readonly QueuedEvent[];
  /** Whether others follow; a page of large events ends before its limit. */
  readonly more: boolean;
}

interface QueuedRow extends ParkedRow {
  readonly ahead: bigint;
  readonly waiting: bigint;
  /** How many the statement found, those beyond the page included. */
  readonly found: bigint;
}

/** A page of what the query asks for. */
export async function listParked(db: Tx, query: ParkedQuery): Promise<ParkedPage> {
  const { consumer = null, aggregateId = null, type = null, parkedId = null, after, limit } = query;
  const { rows } = await sql<QueuedRow>`
    with found as (
      select * from parked_events
      where (${consumer}::text is null or consumer = ${consumer})
        and (${aggregateId}::text is null or aggregate_id = ${aggregateId})
        and (${type}::text is null or type = ${type})
        and (${parkedId}::uuid is null or parked_id = ${parkedId}::uuid)
        and (consumer, stream, stream_epoch, sequence) >
          (${after?.consumer ?? ''}, ${after?.stream ?? ''}, ${after?.epoch ?? 0}::integer, ${after?.sequence ?? 0}::bigint)
      order by consumer, stream, stream_epoch, sequence limit ${limit + 1}
    ), measured as (
      select *, count(*) over () as found, row_number() over page as number, sum(${EVENT_ROOM_BYTES} + octet_length(payload)
        + coalesce(octet_length(error), 0)) over page as bytes
      from found window page as (order by consumer, stream, stream_epoch, sequence)
    ), places as (
      select parked_id, row_number() over (queue order by stream_epoch, sequence) - 1 as ahead,
        count(*) over queue as total
      from parked_events
      where (consumer, stream, aggregate_id) in (select consumer, stream, aggregate_id from found)
      window queue as (partition by consumer, stream, aggregate_id)
    )
    select m.*, p.ahead, p.total - p.ahead - 1 as waiting from measured m join places p using (parked_id)
    where m.number <= ${limit} and (m.number = 1 or m.bytes <= ${PAGE_MAX_BYTES})
    order by m.number`.execute(db);
  const events = rows.map((row) => ({
    ...toParkedEvent(row),
    ahead: Number(row.ahead),
    waiting: Number(row.waiting),
  }));
  return { events, more: events.length < Number(rows[0]?.found ?? 0) };
}

/** How many events of a consumer, or of one of its aggregates, are parked. */
export async function countParked(
  db: Tx,
  consumer: string,
  aggregateId: string | undefined,
): Promise<number> {
  const { rows } = await sql<{ events: bigint }>`
    select count(*) as events from parked_events
    where consumer = ${consumer} and (${aggregateId ?? null}::text is null or aggregate_id = ${aggregateId ?? null})
    `.execute(db);
  return Number(rows[0]?.events);
}

/**
 * The events table: appended to in the command's own transaction, together with the outbox rows that point at the new
 * events; never changed. Unique (stream_id, version) is the last guard against two writers of one aggregate.
 */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import type { StoredEvent } from './events.ts';

/** A row of `eventColumns`. */
export interface EventRow {
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
  readonly partition: number;
  readonly time: Date;
  readonly cause_stream: string | null;
  readonly cause_id: string | null;
  readonly traceparent: string | null;
  readonly request: string | null;
  readonly payload: Buffer;
}

export const eventColumns = sql`stream_id, version, event_id, type, partition, time, cause_stream, cause_id, traceparent, request, payload`;

export const fromRow = (row: EventRow): StoredEvent => ({
  streamId: row.stream_id,
  version: row.version,
  eventId: row.event_id,
  type: row.type,
  partition: row.partition,
  time: row.time,
  cause: row.cause_stream && row.cause_id ? { stream: row.cause_stream, eventId: row.cause_id } : undefined,
  traceparent: row.traceparent ?? undefined,
  request: row.request ?? undefined,
  payload: row.payload,
});

/** As rows of `eventColumns`, in the order given. */
export const givenEvents = (events: readonly StoredEvent[]) => sql`unnest(
    ${events.map((event) => event.streamId)}::text[],
    ${events.map((event) => event.version)}::integer[],
    ${events.map((event) => event.eventId)}::uuid[],
    ${events.map((event) => event.type)}::text[],
    ${events.map((event) => event.partition)}::smallint[],
    ${events.map((event) => event.time)}::timestamptz[],
    ${events.map((event) => event.cause?.stream ?? null)}::text[],
    ${events.map((event) => event.cause?.eventId ?? null)}::uuid[],
    ${events.map((event) => event.traceparent ?? null)}::text[],
    ${events.map((event) => event.request ?? null)}::text[],
    ${events.map((event) => event.payload)}::bytea[])`;

/**
 * Appends events and their outbox rows, in the order given. The aggregates must be locked: positions are allocated here,
 * and within an aggregate their order is commit order. Throws a unique violation if a version is taken.
 */
export async function appendEvents(tx: Tx, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    with appended as (
      insert into events (${eventColumns})
      select * from ${givenEvents(events)}
      returning position, stream_id, version)
    insert into outbox (id, stream_id, version) select position, stream_id, version from appended`.execute(
    tx,
  );
}

/** The events of whole aggregates, each in version order. Aggregates without events are left out. */
export async function readStreams(
  tx: Tx,
  streamIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredEvent[]>> {
  const { rows } = await sql<EventRow>`
    select ${eventColumns} from events where stream_id = any(${streamIds}::text[]) order by stream_id, version`.execute(
    tx,
  );
  const streams = new Map<string, StoredEvent[]>();
  for (const row of rows) {
    const stream = streams.get(row.stream_id);
    if (stream) stream.push(fromRow(row));
    else streams.set(row.stream_id, [fromRow(row)]);
  }
  return streams;
}

/** At most `limit` events of one aggregate with versions above `afterVersion`. */
export async function readStreamPage(
  tx: Tx,
  streamId: string,
  afterVersion: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<EventRow>`
    select ${eventColumns} from events where stream_id = ${streamId} and version > ${afterVersion}
    order by version limit ${limit}`.execute(tx);
  return rows.map(fromRow);
}

/** What the log lacks: the outbox in id order, with the events it points at, up to a bound in rows and bytes. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { type EventRow, fromRow } from '../eventStore.ts';
import type { StoredEvent } from '../events.ts';
import { MAX_BATCH_MESSAGES } from './publish.ts';

/** Payload bytes in one batch; a single event may be larger. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

export interface OutboxEvent extends StoredEvent {
  readonly outboxId: bigint;
}

interface OutboxRow extends EventRow {
  readonly id: bigint;
}

export interface OutboxPage {
  readonly events: readonly OutboxEvent[];
  /** There was no more. */
  readonly isAll: boolean;
}

/** The next events to publish, at most one batch, and no more than `maxEvents`. */
export async function readOutbox(db: Database, maxEvents = MAX_BATCH_MESSAGES): Promise<OutboxPage> {
  const { rows } = await sql<OutboxRow>`
    select * from (
      select o.id, e.stream_id, e.version, e.event_id, e.type, e.partition, e.time, e.cause_stream, e.cause_id,
        e.traceparent, e.request, e.payload,
        sum(octet_length(e.payload)) over (order by o.id rows unbounded preceding) - octet_length(e.payload) as before
      from outbox o join events e using (stream_id, version)
      order by o.id limit ${maxEvents}) page
    where before < ${MAX_BATCH_BYTES}
    order by id`.execute(db);
  const bytes = rows.reduce((sum, { payload }) => sum + payload.length, 0);
  return {
    events: rows.map((row) => ({ outboxId: row.id, ...fromRow(row) })),
    isAll: rows.length < maxEvents && bytes < MAX_BATCH_BYTES,
  };
}

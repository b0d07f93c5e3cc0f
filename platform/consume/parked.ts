/**
 * Events that could not be handled, and those that wait behind them.
 *
 * An aggregate with parked events has a row in parked_aggregates, under (consumer, stream, aggregate). That row is the lock:
 * the consumer locks it before it decides whether an event of the aggregate is handled or queues; replay locks it, reads
 * the queue in a later statement, handles it in order of sequence, and deletes the row together with the last event. Order
 * of locks in any transaction: checkpoints, parked aggregates in order of id, then what the commands lock.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { derivedId } from '../ids.ts';
import type { LogMessage } from '../log/headers.ts';

/** An event to park. */
export interface Parking {
  readonly message: LogMessage;
  /** Why it cannot be handled; undefined: it waits behind another. */
  readonly error: string | undefined;
}

/** A parked event. */
export interface ParkedEvent extends Parking {
  readonly parkedId: string;
  readonly consumer: string;
  /** How often it was tried. */
  readonly attempts: number;
  readonly parkedAt: Date;
}

const MAX_ERROR_CHARACTERS = 2_000;

/** Which of these aggregates have parked events; they are locked until the transaction ends. */
export async function lockParked(
  tx: Tx,
  consumer: string,
  stream: string,
  aggregateIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ aggregate_id: string }>`
    select aggregate_id from parked_aggregates
    where consumer = ${consumer} and stream = ${stream} and aggregate_id = any(${aggregateIds}::text[])
    order by aggregate_id for update`.execute(tx);
  return new Set(rows.map((row) => row.aggregate_id));
}

/** Parks events, in the order of their sequences. */
export async function parkEvents(
  tx: Tx,
  consumer: string,
  stream: string,
  parkings: readonly Parking[],
): Promise<void> {
  if (parkings.length === 0) return;
  const messages = parkings.map(({ message }) => message);
  const aggregateIds = [...new Set(messages.map(({ streamId }) => streamId))].sort();
  await sql`
    insert into parked_aggregates (consumer, stream, aggregate_id)
    select ${consumer}, ${stream}, id from unnest(${aggregateIds}::text[]) as a(id)
    on conflict do nothing`.execute(tx);
  await sql`
    insert into parked_events (consumer, stream, parked_id, aggregate_id, sequence, event_id, type, headers, payload,
      error, attempts, parked_at)
    select ${consumer}, ${stream}, e.*, clock_timestamp() from unnest(
      ${messages.map(({ sequence }) => derivedId(`parked/${consumer}/${stream}/${sequence}`))}::uuid[],
      ${messages.map(({ streamId }) => streamId)}::text[],
      ${messages.map(({ sequence }) => sequence)}::bigint[],
      ${messages.map(({ eventId }) => eventId)}::uuid[],
      ${messages.map(({ type }) => type)}::text[],
      ${messages.map(toHeaders)}::jsonb[],
      ${messages.map(({ payload }) => payload)}::bytea[],
      ${parkings.map(({ error }) => (error === undefined ? null : storable(error)))}::text[],
      ${parkings.map(({ error }) => (error === undefined ? 0 : 1))}::integer[]) as e`.execute(tx);
}

/** PostgreSQL takes neither NUL nor half a surrogate pair. */
const storable = (error: string): string =>
  error.slice(0, MAX_ERROR_CHARACTERS).replaceAll('\0', '\uFFFD').toWellFormed();

const toHeaders = ({
  subject,
  version,
  time,
  prev,
  epoch,
  cause,
  traceparent,
  partition,
}: LogMessage): string =>
  JSON.stringify({ subject, partition, version, time, prev, epoch, cause, traceparent });

interface ParkedRow {
  parked_id: string;
  consumer: string;
  stream: string;
  aggregate_id: string;
  sequence: bigint;
  event_id: string;
  type: string;
  headers: Pick<LogMessage, 'subject' | 'partition' | 'version' | 'prev' | 'epoch'> &
    Partial<Pick<LogMessage, 'cause' | 'traceparent'>> & { time: string };
  payload: Buffer;
  error: string | null;
  attempts: number;
  parked_at: Date;
}

const fromRow = (row: ParkedRow): ParkedEvent => ({
  parkedId: row.parked_id,
  consumer: row.consumer,
  message: {
    ...row.headers,
    time: new Date(row.headers.time),
    cause: row.headers.cause,
    traceparent: row.headers.traceparent,
    stream: row.stream,
    streamId: row.aggregate_id,
    sequence: Number(row.sequence),
    eventId: row.event_id,
    type: row.type,
    payload: row.payload,
  },
  error: row.error ?? undefined,
  attempts: row.attempts,
  parkedAt: row.parked_at,
});

/** Where a page ended. */
export interface ParkedPlace {
  readonly consumer: string;
  readonly stream: string;
  readonly sequence: number;
}

/** A page of parked events, by consumer, stream and sequence. */
export async function listParked(
  db: Tx,
  query: {
    readonly consumer?: string;
    readonly aggregateId?: string;
    readonly after?: ParkedPlace;
    readonly limit: number;
  },
): Promise<readonly ParkedEvent[]> {
  const { consumer = null, aggregateId = null, after, limit } = query;
  const { rows } = await sql<ParkedRow>`
    select * from parked_events
    where (${consumer}::text is null or consumer = ${consumer})
      and (${aggregateId}::text is null or aggregate_id = ${aggregateId})
      and (consumer, stream, sequence) >
        (${after?.consumer ?? ''}, ${after?.stream ?? ''}, ${after?.sequence ?? 0}::bigint)
    order by consumer, stream, sequence limit ${limit}`.execute(db);
  return rows.map(fromRow);
}

/** How many aggregates of a consumer have parked events, by partition. */
export async function countParkedAggregates(db: Tx, consumer: string): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ partition: number; aggregates: bigint }>`
    select (headers->>'partition')::integer as partition, count(distinct (stream, aggregate_id)) as aggregates
    from parked_events where consumer = ${consumer} group by 1`.execute(db);
  return new Map(rows.map((row) => [row.partition, Number(row.aggregates)]));
}

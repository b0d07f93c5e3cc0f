/** The queue of one parked aggregate: read from its head, and shortened from its head. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { lockParked } from './parked.ts';
import { type ParkedEvent, type ParkedRow, parkedColumns, storable, toParkedEvent } from './parkedRow.ts';

/** Names a queue. */
export interface QueueKey {
  readonly consumer: string;
  readonly stream: string;
  readonly aggregateId: string;
}

/** Payloads that one reading may hold; the head is always read. */
const READ_MAX_BYTES = 8_000_000;

const isOf = ({ consumer, stream, aggregateId }: QueueKey) =>
  sql`consumer = ${consumer} and stream = ${stream} and aggregate_id = ${aggregateId}`;

/** Locks it until the transaction ends; false: there is no such queue. */
export async function lockQueue(tx: Tx, { consumer, stream, aggregateId }: QueueKey): Promise<boolean> {
  return (await lockParked(tx, consumer, stream, [aggregateId])).has(aggregateId);
}

/** The first events of the queue. */
export async function readQueue(db: Tx, key: QueueKey, limit: number): Promise<readonly ParkedEvent[]> {
  const { rows } = await sql<ParkedRow>`
    with first as (
      select * from parked_events where ${isOf(key)} order by stream_epoch, sequence limit ${limit}
    ), measured as (
      select *, row_number() over queue as number, sum(octet_length(payload)) over queue as bytes
      from first window queue as (order by stream_epoch, sequence)
    )
    select ${parkedColumns} from measured where number = 1 or bytes <= ${READ_MAX_BYTES} order by number`.execute(
    db,
  );
  return rows.map(toParkedEvent);
}

/** Ids of the first events, in order. */
export async function readQueueIds(tx: Tx, key: QueueKey, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ parked_id: string }>`
    select parked_id from parked_events where ${isOf(key)} order by stream_epoch, sequence limit ${limit}`.execute(
    tx,
  );
  return rows.map((row) => row.parked_id);
}

/** Takes events out; with the last one goes the queue. The queue must be locked, in an earlier statement. */
export async function removeFromQueue(tx: Tx, key: QueueKey, parkedIds: readonly string[]): Promise<void> {
  if (parkedIds.length === 0) return;
  await sql`delete from parked_events where parked_id = any(${parkedIds}::uuid[])`.execute(tx);
  await sql`
    delete from parked_aggregates where ${isOf(key)} and not exists (select from parked_events where ${isOf(key)})
    `.execute(tx);
}

/** Notes that an event was tried and failed. */
export async function noteFailure(tx: Tx, parkedId: string, error: string): Promise<void> {
  await sql`
    update parked_events set error = ${storable(error)}, attempts = attempts + 1
    where parked_id = ${parkedId}`.execute(tx);
}

/** A page of queues in order of aggregate ids; of `type`: whose head is of that type, and the one that was begun. */
export async function listQueues(
  db: Tx,
  consumer: string,
  query: {
    readonly aggregateId?: string | undefined;
    readonly type?: string | undefined;
    /** Only those after this one, and this one if it was begun. */
    readonly place: { readonly aggregateId: string; readonly begun: boolean };
    readonly limit: number;
  },
): Promise<readonly QueueKey[]> {
  const { aggregateId = null, type = null, place, limit } = query;
  const { rows } = await sql<{ stream: string; aggregate_id: string }>`
    select a.stream, a.aggregate_id from parked_aggregates a cross join lateral (
      select e.type from parked_events e
      where e.consumer = a.consumer and e.stream = a.stream and e.aggregate_id = a.aggregate_id
      order by e.stream_epoch, e.sequence limit 1) head
    where a.consumer = ${consumer} and a.aggregate_id >= ${place.aggregateId}
      and (${aggregateId}::text is null or a.aggregate_id = ${aggregateId})
      and case when a.aggregate_id = ${place.aggregateId} then ${place.begun}
        else ${type}::text is null or head.type = ${type} end
    order by a.aggregate_id limit ${limit}`.execute(db);
  return rows.map((row) => ({ consumer, stream: row.stream, aggregateId: row.aggregate_id }));
}

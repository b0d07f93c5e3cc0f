/**
 * Events that could not be handled, and those that wait behind them.
 *
 * An aggregate with parked events has a row in parked_aggregates, under (consumer, stream, aggregate). That row is the lock:
 * the consumer locks it before it decides whether an event of the aggregate is handled or queues; replay (replay.ts) and
 * discard (discard.ts) lock it, and read the queue in a later statement. The row goes together with the queue's last
 * event. Order of locks in any transaction: checkpoints, parked aggregates in order of id, then what the commands lock.
 *
 * A queue is in the order of reading: the stream's epoch, then the sequence.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { derivedId } from '../ids.ts';
import { type Parking, storable, toHeaders } from './parkedRow.ts';

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

/** Parks events, in the order of their sequences. One that is parked already (its checkpoint was set back) stays as it is. */
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
  const idOf = (epoch: number, sequence: number) =>
    derivedId(`parked/${consumer}/${stream}/${epoch}/${sequence}`);
  await sql`
    insert into parked_events (consumer, stream, parked_id, aggregate_id, sequence, event_id, type, headers, payload,
      error, attempts, parked_at)
    select ${consumer}, ${stream}, e.*, clock_timestamp() from unnest(
      ${messages.map(({ epoch, sequence }) => idOf(epoch, sequence))}::uuid[],
      ${messages.map(({ streamId }) => streamId)}::text[],
      ${messages.map(({ sequence }) => sequence)}::bigint[],
      ${messages.map(({ eventId }) => eventId)}::uuid[],
      ${messages.map(({ type }) => type)}::text[],
      ${messages.map(toHeaders)}::jsonb[],
      ${messages.map(({ payload }) => payload)}::bytea[],
      ${parkings.map(({ error }) => (error === undefined ? null : storable(error)))}::text[],
      ${parkings.map(({ error }) => (error === undefined ? 0 : 1))}::integer[]) as e
    on conflict do nothing`.execute(tx);
}

/** How many aggregates of a consumer have parked events, by partition. */
export async function countParkedAggregates(db: Tx, consumer: string): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ partition: number; aggregates: bigint }>`
    select (headers->>'partition')::integer as partition, count(distinct (stream, aggregate_id)) as aggregates
    from parked_events where consumer = ${consumer} group by 1`.execute(db);
  return new Map(rows.map((row) => [row.partition, Number(row.aggregates)]));
}

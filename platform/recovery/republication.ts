/**
 * How a stream is made again, fixed in the database before the old one is given up: its epoch, and where it begins. Above
 * the last sequence of the life before, so that no place in the one is ever taken for a place in the other.
 */
import { sql } from 'kysely';
import type { Database, Tx } from '../database.ts';
import type { RelayRecord } from '../log/relayRecord.ts';
import type { StreamIdentity } from '../log/stream.ts';
import { countPublished } from './logOrder.ts';

export interface Republication {
  readonly epoch: number;
  readonly firstSequence: number;
  /** The highest position of an event that was recorded as published. */
  readonly lastId: bigint;
  /** How many those are. */
  readonly events: number;
}

/** Of the last message that is published again. */
export const lastSequenceOf = ({ firstSequence, events }: Republication): number =>
  firstSequence + events - 1;

/** undefined: none has begun. */
export async function readRepublication(db: Tx, stream: string): Promise<Republication | undefined> {
  const { rows } = await sql<{ epoch: number; first: bigint; last_id: bigint; events: bigint }>`
    select stream_epoch as epoch, first_sequence as first, last_id, events
    from republications where stream = ${stream}`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  return {
    epoch: row.epoch,
    firstSequence: Number(row.first),
    lastId: row.last_id,
    events: Number(row.events),
  };
}

/** The next life of a stream. `old` is what is left of the one before. */
export async function planRepublication(
  db: Database,
  record: RelayRecord,
  old: StreamIdentity | undefined,
): Promise<Republication> {
  return {
    epoch: Math.max(record.epoch, old?.epoch ?? 0) + 1,
    firstSequence: Math.max(record.position, old?.lastSequence ?? 0) + 1,
    lastId: record.lastId,
    events: await countPublished(db, record.lastId),
  };
}

export async function writeRepublication(db: Tx, stream: string, plan: Republication): Promise<void> {
  await sql`
    insert into republications (stream, stream_epoch, first_sequence, last_id, events)
    values (${stream}, ${plan.epoch}, ${plan.firstSequence}, ${plan.lastId}, ${plan.events})`.execute(db);
}

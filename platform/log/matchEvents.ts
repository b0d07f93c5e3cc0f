/** Compares messages of the log with the events table: the same event, under the same id, with the same bytes. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { type LogMessage, type RawMessage, readMessage } from './headers.ts';
import { LogMismatch } from './logMismatch.ts';

/** A message, and the position of its event in the events table, which is the id of its outbox row too. */
export interface MatchedMessage {
  readonly message: LogMessage;
  readonly id: bigint;
}

/** `id` is undefined if the database has no such event. */
export interface ComparedMessage {
  readonly message: LogMessage;
  readonly id: bigint | undefined;
}

interface EventRow {
  readonly index: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly partition: number;
  readonly payload: Buffer;
  readonly position: bigint;
}

/** The messages, read. As compareEvents, and LogMismatch LOG_AHEAD if one of them is not in the database. */
export async function matchEvents(
  db: Tx,
  epoch: number,
  chunk: readonly RawMessage[],
): Promise<readonly MatchedMessage[]> {
  return (await compareEvents(db, epoch, chunk)).map(({ message, id }) => {
    if (id !== undefined) return { message, id };
    throw new LogMismatch('LOG_AHEAD', `${describe(message)} is in the log, and not in the database`);
  });
}

/**
 * The messages, read. Throws MalformedMessage; LogMismatch LOG_DIFFERS if an event is not the same in the database, or of
 * another epoch (undefined: whichever).
 */
export async function compareEvents(
  db: Tx,
  epoch: number | undefined,
  chunk: readonly RawMessage[],
): Promise<readonly ComparedMessage[]> {
  const messages = chunk.map(readMessage);
  const { rows } = await sql<EventRow>`
    select m.index, e.event_id, e.type, e.partition, e.payload, e.position
    from unnest(
      ${messages.map((message) => message.streamId)}::text[],
      ${messages.map((message) => message.version)}::integer[]) with ordinality as m(stream_id, version, index)
    join events e using (stream_id, version)`.execute(db);
  const byIndex = new Map(rows.map((row) => [Number(row.index) - 1, row]));
  return messages.map((message, index) => {
    const row = byIndex.get(index);
    const differs = differences(message, row, epoch);
    if (differs.length > 0) {
      throw new LogMismatch(
        'LOG_DIFFERS',
        `${describe(message)} is not the same in log and database: ${differs.join(', ')}`,
      );
    }
    return { message, id: row?.position };
  });
}

export const describe = ({ streamId, version, sequence, stream }: LogMessage): string =>
  `event ${version} of ${streamId} (message ${sequence} of ${stream})`;

function differences(message: LogMessage, row: EventRow | undefined, epoch: number | undefined): string[] {
  const differs: string[] = [];
  if (epoch !== undefined && message.epoch !== epoch) differs.push('epoch');
  if (!row) return differs;
  if (message.eventId !== row.event_id) differs.push('event id');
  if (message.type !== row.type) differs.push('type');
  if (message.partition !== row.partition) differs.push('partition');
  if (Buffer.compare(message.payload, row.payload) !== 0) differs.push('payload');
  return differs;
}

/** Compares messages of the log with the events table: the same event, under the same id, with the same bytes. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { type LogMessage, type RawMessage, readMessage } from './headers.ts';
import { LogMismatch } from './logMismatch.ts';

export interface MatchedMessage {
  readonly message: LogMessage;
  /** Its outbox row, if it is still there. */
  readonly outboxId: bigint | undefined;
}

interface EventRow {
  readonly index: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly partition: number;
  readonly payload: Buffer;
  readonly outbox_id: bigint | null;
}

/**
 * The messages, read. Throws MalformedMessage; LogMismatch if one of them is not in the database (LOG_AHEAD) or is not the
 * same there (LOG_DIFFERS).
 */
export async function matchEvents(
  db: Database,
  epoch: number,
  chunk: readonly RawMessage[],
): Promise<readonly MatchedMessage[]> {
  const messages = chunk.map(readMessage);
  const { rows } = await sql<EventRow>`
    select m.index, e.event_id, e.type, e.partition, e.payload, o.id as outbox_id
    from unnest(
      ${messages.map((message) => message.streamId)}::text[],
      ${messages.map((message) => message.version)}::integer[]) with ordinality as m(stream_id, version, index)
    join events e using (stream_id, version)
    left join outbox o on o.id = e.position`.execute(db);
  const byIndex = new Map(rows.map((row) => [Number(row.index) - 1, row]));
  return messages.map((message, index) => {
    const row = byIndex.get(index);
    if (!row)
      throw new LogMismatch('LOG_AHEAD', `${describe(message)} is in the log, and not in the database`);
    const differs = differences(message, row, epoch);
    if (differs.length > 0) {
      throw new LogMismatch(
        'LOG_DIFFERS',
        `${describe(message)} is not the same in log and database: ${differs.join(', ')}`,
      );
    }
    return { message, outboxId: row.outbox_id ?? undefined };
  });
}

const describe = ({ streamId, version, sequence, stream }: LogMessage): string =>
  `event ${version} of ${streamId} (message ${sequence} of ${stream})`;

function differences(message: LogMessage, row: EventRow, epoch: number): string[] {
  const differs: string[] = [];
  if (message.eventId !== row.event_id) differs.push('event id');
  if (message.type !== row.type) differs.push('type');
  if (message.partition !== row.partition) differs.push('partition');
  if (message.epoch !== epoch) differs.push('epoch');
  if (Buffer.compare(message.payload, row.payload) !== 0) differs.push('payload');
  return differs;
}

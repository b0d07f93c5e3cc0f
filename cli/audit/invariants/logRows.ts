/** The event store as it is held against the log. */
import { sql } from 'kysely';
import type { EventRow } from '../../../platform/eventStore.ts';
import type { LogMessage } from '../../../platform/log/headers.ts';
import type { Snapshot } from '../snapshot.ts';

export interface LoggedEvent extends Omit<EventRow, 'stream_id' | 'version' | 'traceparent'> {
  readonly position: bigint;
  /** The position of the version before it; null: there is none. */
  readonly previous: bigint | null;
}

/** The events that messages are of, by the messages' index. */
export async function loggedEvents(
  { tx }: Snapshot,
  messages: readonly LogMessage[],
): Promise<ReadonlyMap<number, LoggedEvent>> {
  const { rows } = await sql<LoggedEvent & { index: bigint }>`
    select m.index, e.position, e.event_id, e.type, e.partition, e.time, e.cause_stream, e.cause_id, e.request, e.payload,
      p.position as previous
    from unnest(
      ${messages.map(({ streamId }) => streamId)}::text[],
      ${messages.map(({ version }) => version)}::integer[]) with ordinality as m(stream_id, version, index)
    join events e using (stream_id, version)
    left join events p on p.stream_id = e.stream_id and p.version = e.version - 1`.execute(tx);
  return new Map(rows.map((row) => [Number(row.index) - 1, row]));
}

interface PublishedEvent {
  readonly position: bigint;
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
}

/** The events of a range of positions that no outbox row waits for. */
export async function publishedEvents(
  { tx }: Snapshot,
  after: bigint,
  upTo: bigint,
): Promise<readonly PublishedEvent[]> {
  const { rows } = await sql<PublishedEvent>`
    select position, stream_id, version, event_id, type from events e
    where position > ${after} and position <= ${upTo}
      and not exists (select from outbox o where o.id = e.position)
    order by position`.execute(tx);
  return rows;
}

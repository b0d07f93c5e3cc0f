/** Where every reader of the log stands: the services' consumers by their checkpoints, the projector by its own two. */
import { sql } from 'kysely';
import { type Elasticsearch, isIndexMissing } from '../../platform/elasticsearch/client.ts';
import { ReadModelMissing, readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import {
  type LogMessage,
  MalformedMessage,
  type RawMessage,
  readMessage,
} from '../../platform/log/headers.ts';
import { readRange } from '../../platform/log/readLog.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { AnalyticsLook } from './look.ts';
import type { Snapshot } from './snapshot.ts';

/** A reader's place in a stream, for a range of partitions. */
export interface Reader {
  readonly name: string;
  readonly stream: string;
  readonly firstPartition: number;
  readonly lastPartition: number;
  readonly sequence: number;
  readonly lastEventId: string | undefined;
  readonly streamEpoch: number;
  /** It has no checkpoint: it has not begun, or its place is lost (absentReaders.ts). */
  readonly isAbsent?: true;
}

interface Row {
  consumer: string;
  stream: string;
  first_partition: number;
  last_partition: number;
  sequence: bigint;
  last_event_id: string | null;
  stream_epoch: number;
}

export async function readersOf({ tx }: Snapshot): Promise<readonly Reader[]> {
  const { rows } = await sql<Row>`
    select consumer, stream, first_partition, last_partition, sequence, last_event_id, stream_epoch
    from checkpoints order by consumer, first_partition`.execute(tx);
  return rows.map((row) => ({
    name: row.consumer,
    stream: row.stream,
    firstPartition: row.first_partition,
    lastPartition: row.last_partition,
    sequence: Number(row.sequence),
    lastEventId: row.last_event_id ?? undefined,
    streamEpoch: row.stream_epoch,
  }));
}

const PROJECTOR = 'projector';
const ES_TIMEOUT_MS = 10_000;

/** undefined: there is no read model yet. */
export async function projectorOf(es: Elasticsearch): Promise<Reader | undefined> {
  try {
    const found = await readCheckpoint(es, ordersIndex.alias, { timeoutMs: ES_TIMEOUT_MS });
    return (
      found && {
        name: PROJECTOR,
        stream: ORDERS.name,
        firstPartition: 0,
        lastPartition: 255,
        sequence: found.checkpoint.sequence,
        lastEventId: found.checkpoint.lastEventId,
        streamEpoch: found.checkpoint.streamEpoch,
      }
    );
  } catch (error) {
    if (error instanceof ReadModelMissing || isIndexMissing(error)) return undefined;
    throw error;
  }
}

/** undefined: nothing was counted yet. */
export async function countingReader({ tx, schema }: AnalyticsLook): Promise<Reader | undefined> {
  const { rows } = await sql<Omit<Row, 'consumer' | 'stream'>>`
    select sequence, last_event_id, stream_epoch from ${sql.id(schema, 'checkpoint')}
    where stream_epoch is not null`.execute(tx);
  const [row] = rows;
  return (
    row && {
      name: 'analytics',
      stream: ORDERS.name,
      firstPartition: 0,
      lastPartition: 255,
      sequence: Number(row.sequence),
      lastEventId: row.last_event_id ?? undefined,
      streamEpoch: row.stream_epoch,
    }
  );
}

/** A message that a reader has not read. */
export interface Unread {
  readonly sequence: number;
  /** The event's; the beginning of time, where it is no event. */
  readonly time: Date;
}

/** The first message that it has not read, up to `last`; undefined: it has read all of its own. Throws LogMismatch. */
export async function firstUnread(
  log: LogConnection,
  { stream, sequence, firstPartition, lastPartition }: Reader,
  last: number,
): Promise<Unread | undefined> {
  for await (const chunk of readRange(log, stream, sequence + 1, last)) {
    for (const raw of chunk) {
      const message = readIfEvent(raw);
      if (!message) return { sequence: raw.sequence, time: new Date(0) };
      if (firstPartition <= message.partition && message.partition <= lastPartition) return message;
    }
  }
  return undefined;
}

/** The id of the event at a sequence; undefined: there is none. Throws LogMismatch. */
export async function eventIdAt(
  log: LogConnection,
  stream: string,
  sequence: number,
): Promise<string | undefined> {
  for await (const chunk of readRange(log, stream, sequence, sequence)) {
    return chunk[0] && readIfEvent(chunk[0])?.eventId;
  }
  return undefined;
}

/** undefined: it is no event of ours; `log` tells of it. */
function readIfEvent(raw: RawMessage): LogMessage | undefined {
  try {
    return readMessage(raw);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

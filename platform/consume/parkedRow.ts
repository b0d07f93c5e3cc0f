/** A parked event, and how it stands in its row. */
import { sql } from 'kysely';
import type { LogMessage } from '../log/headers.ts';
import { shown } from '../redaction/texts.ts';

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

/** All of a message that has no column of its own. */
type Headers = Omit<LogMessage, 'stream' | 'streamId' | 'sequence' | 'eventId' | 'type' | 'payload'>;

export interface ParkedRow {
  readonly parked_id: string;
  readonly consumer: string;
  readonly stream: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly headers: Omit<Headers, 'time'> & { readonly time: string };
  readonly payload: Buffer;
  readonly error: string | null;
  readonly attempts: number;
  readonly parked_at: Date;
}

/** The columns of a ParkedRow, wherever it stands. */
export const parkedColumns = sql`parked_id, consumer, stream, aggregate_id, sequence, event_id, type, headers, payload,
  error, attempts, parked_at`;

export const toHeaders = (message: LogMessage): string => {
  const { stream, streamId, sequence, eventId, type, payload, ...headers } = message;
  return JSON.stringify(headers satisfies Headers);
};

export const toParkedEvent = (row: ParkedRow): ParkedEvent => ({
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

const MAX_ERROR_CHARACTERS = 2_000;

/** An error's text as it may be seen, and as PostgreSQL takes it: neither NUL nor half a surrogate pair, and bounded. */
export const storable = (error: string): string =>
  shown(error).slice(0, MAX_ERROR_CHARACTERS).replaceAll('\0', '\uFFFD').toWellFormed();

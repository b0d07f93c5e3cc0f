/**
 * An event as a message of the log, and back. All of this fixes bytes in the log, and never changes.
 *
 * Subject: `<prefix>.<h>.<l>.<EventType>`, where h and l are the two lower-case hex digits of the partition and EventType
 * is the short name of the type. Payload: the bytes of the events row. Headers are CloudEvents 1.0 in the binary mode of
 * its NATS binding (`ce-*`), and what Orderlog adds (`ol-*`):
 *
 *   ce-specversion 1.0 · ce-id event id · ce-type full name · ce-source /orderlog/<service> · ce-time RFC 3339, UTC, ms ·
 *   ce-subject the aggregate's stream id · ce-datacontenttype application/protobuf
 *   ol-version the event's version in its aggregate, from 1
 *   ol-prev    the sequence of the partition's previous message, 0 if there is none: what a reader lacks shows as a hole
 *   ol-epoch   which life of the stream this is, from 1
 *   ol-cause   <STREAM>/<event id> of the event that brought this one about; absent if a caller did
 *   ol-request <key>.<fingerprint> of the request that brought this one about (requests.ts); absent if no caller did
 *   traceparent as in W3C Trace Context; absent if there was none
 *
 * Errors: toMessage throws if a value cannot stand in a header; readMessage throws MalformedMessage.
 */

import type { MsgHdrs } from '@nats-io/nats-core';
import type { EventCause, StoredEvent } from '../events.ts';
import { shortName } from '../events.ts';
import { headerLine, TextHeaders } from './natsHeaders.ts';

/** What the relay adds to an event. */
export interface MessagePlace {
  /** First token of the subject. */
  readonly subjectPrefix: string;
  /** ce-source. */
  readonly source: string;
  /** Sequence of the partition's previous message; 0: none. */
  readonly prev: number;
  /** The stream's epoch. */
  readonly epoch: number;
}

/** Ready to be published. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly headers: TextHeaders;
  readonly payload: Uint8Array;
}

/** A message as it comes from the log, however it was read. */
export interface RawMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly payload: Uint8Array;
}

/** An event with its place in the log. */
export interface LogMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly partition: number;
  readonly eventId: string;
  /** Full name. */
  readonly type: string;
  /** The aggregate. */
  readonly streamId: string;
  readonly version: number;
  readonly time: Date;
  readonly prev: number;
  readonly epoch: number;
  readonly cause: EventCause | undefined;
  readonly traceparent: string | undefined;
  readonly request?: string | undefined;
  readonly payload: Uint8Array;
}

/** A message that is no event of Orderlog's, or a damaged one. */
export class MalformedMessage extends Error {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  /** The header that is wrong or missing, or `subject`. */
  readonly field: string;

  constructor(message: RawMessage, field: string, found: string | undefined) {
    const value = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`;
    super(`message ${message.sequence} of ${message.stream} is malformed: ${field} ${value}`);
    this.name = 'MalformedMessage';
    this.stream = message.stream;
    this.sequence = message.sequence;
    this.subject = message.subject;
    this.field = field;
  }
}

/**
 * Room to leave for headers below the server's max_payload, which counts them too: their values are bounded (ids, a type
 * name, an aggregate id of at most 256 characters), and the batch's own headers are in here.
 */
export const HEADER_ROOM_BYTES = 2_048;

/** Subject of an event. */
export function subjectOf(prefix: string, partition: number, type: string): string {
  const hex = partition.toString(16).padStart(2, '0');
  return `${prefix}.${hex[0]}.${hex[1]}.${shortName(type)}`;
}

/** The message of an event at its place in the log. */
export function toMessage(event: StoredEvent, place: MessagePlace): OutgoingMessage {
  const line = (name: string, value: string) => headerLine(name, checkValue(name, value));
  const lines =
    line('ce-specversion', '1.0') +
    line('ce-id', event.eventId) +
    line('ce-type', event.type) +
    line('ce-source', place.source) +
    line('ce-time', event.time.toISOString()) +
    line('ce-subject', event.streamId) +
    line('ce-datacontenttype', 'application/protobuf') +
    line('ol-version', String(event.version)) +
    line('ol-prev', String(place.prev)) +
    line('ol-epoch', String(place.epoch)) +
    (event.cause ? line('ol-cause', `${event.cause.stream}/${event.cause.eventId}`) : '') +
    (event.request === undefined ? '' : line('ol-request', event.request)) +
    (event.traceparent === undefined ? '' : line('traceparent', event.traceparent));
  return {
    subject: subjectOf(place.subjectPrefix, event.partition, event.type),
    headers: new TextHeaders(lines),
    payload: event.payload,
  };
}

/** Header values are trimmed and split at line ends on their way, so only what comes back as it went may go in. */
function checkValue(name: string, value: string): string {
  if (!/^[\x21-\x7e]{1,256}$/.test(value)) {
    throw new Error(`${name} must be 1 to 256 visible ASCII characters, not ${JSON.stringify(value)}`);
  }
  return value;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const CAUSE = /^([^\s/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const REQUEST = /^[\w-]{43}\.[\w-]{43}$/;
const SUBJECT = /^[^.]+\.([0-9a-f])\.([0-9a-f])\.([^.]+)$/;

/** Reads an event from a message. Throws MalformedMessage. */
export function readMessage(message: RawMessage): LogMessage {
  // The client has '' for what is not there.
  const get = (name: string): string | undefined => message.headers?.get(name) || undefined;
  const need = (name: string, pattern: RegExp): string => {
    const value = get(name);
    if (value === undefined || !pattern.test(value)) throw new MalformedMessage(message, name, value);
    return value;
  };
  const integer = (name: string, min: number, max: number): number => {
    const value = Number(need(name, /^(?:0|[1-9]\d*)$/));
    if (value < min || value > max) throw new MalformedMessage(message, name, String(value));
    return value;
  };
  const type = need('ce-type', TYPE);
  const subject = SUBJECT.exec(message.subject);
  if (subject?.[3] !== shortName(type)) throw new MalformedMessage(message, 'subject', message.subject);
  const time = new Date(need('ce-time', TIME));
  if (Number.isNaN(time.getTime())) throw new MalformedMessage(message, 'ce-time', get('ce-time'));
  return {
    stream: message.stream,
    sequence: message.sequence,
    subject: message.subject,
    partition: Number.parseInt(`${subject[1]}${subject[2]}`, 16),
    eventId: need('ce-id', UUID),
    type,
    streamId: need('ce-subject', /^\S+$/),
    version: integer('ol-version', 1, 2 ** 31 - 1),
    time,
    prev: integer('ol-prev', 0, message.sequence - 1),
    epoch: integer('ol-epoch', 1, 2 ** 31 - 1),
    cause: get('ol-cause') === undefined ? undefined : readCause(need('ol-cause', CAUSE)),
    traceparent: get('traceparent'),
    request: get('ol-request') === undefined ? undefined : need('ol-request', REQUEST),
    payload: message.payload,
  };
}

function readCause(value: string): EventCause {
  const slash = value.indexOf('/');
  return { stream: value.slice(0, slash), eventId: value.slice(slash + 1) };
}

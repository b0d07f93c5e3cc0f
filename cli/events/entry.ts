/**
 * A message of the log as people look at it: decoded, without what is not for their eyes (platform/redaction), with the order and
 * customer it is about.
 */
import type { JsonObject } from '@bufbuild/protobuf';
import { eventView } from '../../platform/grpc/eventView.ts';
import {
  type LogMessage,
  MalformedMessage,
  type RawMessage,
  readMessage,
} from '../../platform/log/headers.ts';
import { messageJson } from '../../platform/messageJson.ts';
import type { Viewer } from '../../platform/redaction/messages.ts';

export interface Entry {
  readonly stream: string;
  readonly sequence: number;
  /** The beginning of time where it is no event. */
  readonly time: Date;
  /** Unset: it is no event of Orderlog's, and `problem` says why. */
  readonly message?: LogMessage;
  /** Unset where this version cannot read it. */
  readonly payload?: JsonObject | undefined;
  /** Of a saga's event: of which order, and whose. */
  readonly orderId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly problem?: string;
}

export function entryOf(raw: RawMessage, viewer: Viewer): Entry {
  const place = { stream: raw.stream, sequence: raw.sequence };
  try {
    const message = readMessage(raw);
    const entry = { ...place, time: message.time, message };
    const read = (as: Viewer) => {
      const view = eventView(message.type, message.payload, as);
      return view && messageJson(message.type, view.value);
    };
    const whole = read('reader');
    if (whole) return { ...entry, ...aboutOf(whole), payload: viewer === 'reader' ? whole : read(viewer) };
    return { ...entry, problem: `${message.payload.length} bytes that cannot be read as ${message.type}` };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { ...place, time: new Date(0), problem: error.message };
  }
}

function aboutOf({ context }: JsonObject): Pick<Entry, 'orderId' | 'customerId'> {
  const { orderId, customerId } = (context ?? {}) as { orderId?: string; customerId?: string };
  return { orderId, customerId };
}

/** One line of --json. */
export function entryJson({ stream, sequence, message, payload, problem }: Entry): JsonObject {
  return {
    stream,
    sequence,
    ...(message && {
      time: message.time.toISOString(),
      type: message.type,
      aggregateId: message.streamId,
      version: message.version,
      eventId: message.eventId,
      ...(message.cause && { cause: { ...message.cause } }),
    }),
    ...(payload && { event: payload }),
    ...(problem !== undefined && { problem }),
  };
}

/** A message of the log as people look at it: decoded, without sealed tokens, with the order and customer it is about. */
import type { JsonObject } from '@bufbuild/protobuf';
import { eventView } from '../../platform/grpc/eventView.ts';
import {
  type LogMessage,
  MalformedMessage,
  type RawMessage,
  readMessage,
} from '../../platform/log/headers.ts';
import { messageJson } from '../../platform/messageJson.ts';

export interface Entry {
  readonly stream: string;
  readonly sequence: number;
  /** The beginning of time where it is no event. */
  readonly time: Date;
  /** Unset: it is no event of Orderlog's, and `problem` says why. */
  readonly message?: LogMessage;
  /** Unset where this version cannot read it. */
  readonly payload?: JsonObject;
  readonly problem?: string;
}

export function entryOf(raw: RawMessage): Entry {
  const place = { stream: raw.stream, sequence: raw.sequence };
  try {
    const message = readMessage(raw);
    const view = eventView(message.type, message.payload);
    const entry = { ...place, time: message.time, message };
    if (view) return { ...entry, payload: messageJson(message.type, view.value) };
    return { ...entry, problem: `${message.payload.length} bytes that cannot be read as ${message.type}` };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { ...place, time: new Date(0), problem: error.message };
  }
}

/** Of a saga's event. */
export const orderIdOf = (entry: Entry): string | undefined => contextOf(entry)?.orderId;
export const customerIdOf = (entry: Entry): string | undefined => contextOf(entry)?.customerId;

const contextOf = ({ payload }: Entry) =>
  payload?.context as { orderId?: string; customerId?: string } | undefined;

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

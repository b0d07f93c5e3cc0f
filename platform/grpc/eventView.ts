/**
 * An event's payload for whoever may look at it: without what is not for his eyes (redaction/messages.ts), and without the fields
 * that this version does not know, since nobody here can tell what is in them.
 */
import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { Any } from '../../proto/gen/google/protobuf/any.ts';
import type { StoredEvent } from '../events.ts';
import { redactMessage, type Viewer } from '../redaction/messages.ts';
import { descriptors } from './descriptors.ts';

/** A stored event as histories show it (orderlog.order.v1.HistoryEvent). */
export const historyView = ({ eventId, type, version, time, cause, payload }: StoredEvent) => ({
  eventId,
  type,
  version,
  createTime: time,
  cause,
  event: eventView(type, payload, 'reader'),
});

/** undefined: the contract lacks the type, or the bytes are no such message. */
export function eventView(type: string, payload: Uint8Array, viewer: Viewer): Any | undefined {
  const schema = descriptors().registry.getMessage(type);
  if (!schema) return undefined;
  let message: Message;
  try {
    message = fromBinary(schema, payload, { readUnknownFields: false });
  } catch {
    return undefined;
  }
  redactMessage(reflect(schema, message), viewer);
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(toBinary(schema, message)) };
}

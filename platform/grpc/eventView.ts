/**
 * An event's payload for whoever may look at it: without sealed tokens, wherever in the message they stand, and without
 * the fields that this version does not know, since nobody here can tell what is in them.
 */
import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Any } from '../../proto/gen/google/protobuf/any.ts';
import type { StoredEvent } from '../events.ts';
import { descriptors } from './descriptors.ts';

const SEALED_TOKEN = 'orderlog.saga.v1.SealedToken';

/** A stored event as histories show it (orderlog.order.v1.HistoryEvent). */
export const historyView = ({ eventId, type, version, time, cause, payload }: StoredEvent) => ({
  eventId,
  type,
  version,
  createTime: time,
  cause,
  event: eventView(type, payload),
});

/** undefined: the contract lacks the type, or the bytes are no such message. */
export function eventView(type: string, payload: Uint8Array): Any | undefined {
  const schema = descriptors().registry.getMessage(type);
  if (!schema) return undefined;
  let message: Message;
  try {
    message = fromBinary(schema, payload, { readUnknownFields: false });
  } catch {
    return undefined;
  }
  leaveOutTokens(reflect(schema, message));
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(toBinary(schema, message)) };
}

function leaveOutTokens(message: ReflectMessage): void {
  for (const field of message.fields) {
    const { message: type } = field;
    if (!type || !message.isSet(field)) continue;
    if (type.typeName === SEALED_TOKEN) message.clear(field);
    else if (field.fieldKind === 'message') leaveOutTokens(message.get(field));
    else if (field.fieldKind === 'list')
      for (const item of message.get(field)) leaveOutTokens(item as ReflectMessage);
    else if (field.fieldKind === 'map')
      for (const [, item] of message.get(field)) leaveOutTokens(item as ReflectMessage);
  }
}

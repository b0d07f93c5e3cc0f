/** Protobuf messages as JSON, in the protobuf mapping. */
import { type DescMessage, fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { descriptors } from './grpc/descriptors.ts';

const ANY = 'google.protobuf.Any';
const holders = new Map<DescMessage, boolean>();

/**
 * `type`: itself, or its full name in the contract; `bytes`: as they are on the wire. An Any of a type that this version does not know has no JSON: the field is left out, so
 * that a newer service's event costs nothing but itself.
 */
export function messageJson(named: DescMessage | string, bytes: Uint8Array): JsonObject {
  const type = typeof named === 'string' ? typeNamed(named) : named;
  const { registry } = descriptors();
  const message = fromBinary(type, bytes);
  const holds = holders.get(type) ?? holdsAny(type);
  holders.set(type, holds);
  if (holds) leaveOutUnknown(reflect(type, message));
  return toJson(type, message, { registry }) as JsonObject;
}

function typeNamed(name: string): DescMessage {
  const type = descriptors().registry.getMessage(name);
  if (!type) throw new Error(`${name} is not in the descriptor image`);
  return type;
}

/** Whether a message of the type can hold an Any, at any depth. */
function holdsAny(type: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (type.typeName === ANY) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fields.some(({ message }) => message !== undefined && holdsAny(message, seen));
}

function leaveOutUnknown(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (!field.message || !message.isSet(field)) continue;
    if (field.fieldKind === 'list') {
      for (const item of message.get(field)) leaveOutUnknown(item as ReflectMessage);
    } else if (field.fieldKind === 'message') {
      const value = message.get(field);
      if (isUnknownAny(value)) message.clear(field);
      else leaveOutUnknown(value);
    }
  }
}

function isUnknownAny({ desc, message }: ReflectMessage): boolean {
  if (desc.typeName !== ANY) return false;
  const { typeUrl } = message as unknown as { readonly typeUrl: string };
  return descriptors().registry.getMessage(typeUrl.replace(/^.*\//, '')) === undefined;
}

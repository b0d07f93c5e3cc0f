/**
 * What an answer says again of its request it says unchanged: a field of the same name and type, in the answer or in the
 * one message that it holds. Ids are compared as UUIDs, in whatever case they are spelled. Lists say nothing of one request.
 */
import { type DescField, type DescMethod, equals, fromBinary, type Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { Violation } from '../case.ts';
import type { Image } from '../image.ts';
import { messageText } from '../say.ts';

/** Throws Violation. */
export function checkEcho(image: Image, method: DescMethod, request: Message, answer: Uint8Array): void {
  const asked = reflect(method.input, request);
  const said = reflect(method.output, fromBinary(method.output, answer));
  for (const [path, holder] of holders(said)) {
    for (const field of holder.fields) {
      const same = asked.fields.find((each) => isSameField(each, field));
      if (!same || !asked.isSet(same)) continue;
      if (isSameValue(field, asked.get(same), holder.get(field))) continue;
      const text = messageText(image, method.input, request);
      throw new Violation(`${path}${field.name} as it was asked for`, shown(holder.get(field)), text);
    }
  }
}

function* holders(message: ReflectMessage): Generator<[string, ReflectMessage]> {
  yield ['', message];
  for (const field of message.fields) {
    if (field.fieldKind !== 'message' || !message.isSet(field)) continue;
    if (field.message.typeName.startsWith('orderlog.')) yield [`${field.name}.`, message.get(field)];
  }
}

const isSameField = (a: DescField, b: DescField): boolean =>
  a.name === b.name &&
  a.fieldKind === b.fieldKind &&
  a.fieldKind !== 'list' &&
  a.scalar === b.scalar &&
  a.message?.typeName === b.message?.typeName &&
  a.enum?.typeName === b.enum?.typeName;

function isSameValue(field: DescField, a: unknown, b: unknown): boolean {
  if (field.message) {
    return equals(field.message, (a as ReflectMessage).message, (b as ReflectMessage).message);
  }
  return field.name.endsWith('_id') ? String(a).toLowerCase() === String(b).toLowerCase() : a === b;
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'message' in value
    ? JSON.stringify(value.message, (_, each) => (typeof each === 'bigint' ? String(each) : each))
    : String(value);

/**
 * A sample of a message with every field set, made from the descriptor alone and always the same: two elements in each
 * list, no value that two fields share, unless the field's name or type asks for a certain form.
 */
import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

const ELEMENTS = 2;
/** 2026-01-02T03:04:05Z. */
const TIME_SECONDS = 1_767_323_045n;
const MAX_DEPTH = 10;

/** `seed` keeps the samples of two types apart. */
export function sampleOf(type: DescMessage, seed = 1, depth = 0): Message {
  if (depth > MAX_DEPTH)
    throw new Error(`${type.typeName} holds itself: it has no sample with every field set`);
  if (type.typeName === 'google.protobuf.Timestamp') {
    return create(type, { seconds: TIME_SECONDS + BigInt(seed), nanos: 678_000_000 } as never);
  }
  if (type.typeName === 'google.type.Money') {
    return create(type, { currencyCode: 'EUR', units: 1_000n + BigInt(seed), nanos: 230_000_000 } as never);
  }
  const message = reflect(type);
  for (const field of type.fields) setSample(message, field, seed, depth);
  return message.message;
}

function setSample(message: ReflectMessage, field: DescField, seed: number, depth: number): void {
  const at = seed * 31 + field.number;
  switch (field.fieldKind) {
    case 'list': {
      const list = message.get(field);
      for (let index = 0; index < ELEMENTS; index += 1) list.add(valueFor(field, at + index * 7, depth));
      return;
    }
    case 'map':
      throw new Error(
        `${field.parent.typeName}.${field.name}: no event should have a map, whose order is not fixed`,
      );
    default:
      // Of several that exclude one another the first is set.
      if (field.oneof && message.oneofCase(field.oneof)) return;
      message.set(field, valueFor(field, at, depth));
  }
}

function valueFor(field: DescField, at: number, depth: number): unknown {
  if (field.message) return reflect(field.message, sampleOf(field.message, at, depth + 1));
  if (field.enum) return field.enum.values.find(({ number }) => number !== 0)?.number ?? 0;
  switch (field.scalar) {
    case ScalarType.STRING:
      return textFor(field, at);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: field.name === 'nonce' ? 12 : 24 }, (_, index) => (at + index) % 256);
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
      return BigInt(at % 100) + 1n;
    default:
      return (at % 100) + 1;
  }
}

function textFor({ name }: DescField, at: number): string {
  const hex = at.toString(16).padStart(12, '0');
  if (name === 'order_id' || name === 'payment_id') return `0e0a1de2-0000-4000-8000-${hex}`;
  return name === 'sku' ? `SKU-${at}` : `${name}-${at}`;
}

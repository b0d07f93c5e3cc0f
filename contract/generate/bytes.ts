/** Requests as bytes: with what no message could hold, and with what the contract does not know. */
import {
  clone,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { change, type Place, setTo } from './places.ts';

/** No message of the contract has a field by this number. */
export const UNKNOWN_FIELD = 31_999;

/**
 * The message with these bytes for the text at a place. The text first stands there as letters of the same length, which
 * are then written over: lengths stay right at every depth.
 */
export function withRawText(type: DescMessage, message: Message, place: Place, raw: Uint8Array): Uint8Array {
  const stand = placeholder(raw.length);
  const bytes = toBinary(type, change(type, message, place, setTo(stand)));
  const at = Buffer.from(bytes).indexOf(stand);
  bytes.set(raw, at);
  return bytes;
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** Found in no other text of a request. */
const placeholder = (length: number): string => '~^'.repeat(Math.ceil(length / 2)).slice(0, length);

/** A field that the contract does not know. */
export const unknownText = (text: string): Uint8Array =>
  new BinaryWriter().tag(UNKNOWN_FIELD, WireType.LengthDelimited).string(text).finish();

export const unknownFields = (): Readonly<Record<string, Uint8Array>> => ({
  varint: new BinaryWriter()
    .tag(UNKNOWN_FIELD, WireType.Varint)
    .uint64(2n ** 64n - 1n)
    .finish(),
  fixed64: new BinaryWriter().tag(UNKNOWN_FIELD, WireType.Bit64).fixed64(1n).finish(),
  text: unknownText('of a newer version'),
  fixed32: new BinaryWriter().tag(UNKNOWN_FIELD, WireType.Bit32).fixed32(1).finish(),
  group: new BinaryWriter()
    .tag(UNKNOWN_FIELD, WireType.StartGroup)
    .tag(1, WireType.Varint)
    .uint32(1)
    .tag(UNKNOWN_FIELD, WireType.EndGroup)
    .finish(),
  greatest_number: new BinaryWriter()
    .tag(2 ** 29 - 1, WireType.Varint)
    .uint32(1)
    .finish(),
});

/** A top-level field in another wire type than its own. */
export function inOtherWireType(field: DescField): Uint8Array {
  const writer = new BinaryWriter();
  return isLengthDelimited(field)
    ? writer.tag(field.number, WireType.Varint).uint32(1).finish()
    : writer.tag(field.number, WireType.Bit64).fixed64(1n).finish();
}

/** A fixed number where another number stands would be read as it is; a text is never one. */
const isLengthDelimited = (field: DescField): boolean =>
  field.message !== undefined || field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES;

/** What no message ends with. */
export const BROKEN: Readonly<Record<string, Uint8Array>> = {
  cut: joined(
    new BinaryWriter().tag(UNKNOWN_FIELD, WireType.LengthDelimited).uint32(100).finish(),
    Buffer.from('cut'),
  ),
  field_number_0: Buffer.from([0x00, 0x00]),
  wire_type_7: Buffer.from([(1 << 3) | 7, 0x00]),
  endless_number: Buffer.concat([
    new BinaryWriter().tag(UNKNOWN_FIELD, WireType.Varint).finish(),
    Buffer.alloc(11, 0xff),
  ]),
  group_without_end: new BinaryWriter().tag(UNKNOWN_FIELD, WireType.StartGroup).finish(),
  end_without_group: new BinaryWriter().tag(UNKNOWN_FIELD, WireType.EndGroup).finish(),
};

/** The message, as large as this by a field that the contract does not know. */
export function paddedTo(size: number, message: Uint8Array): Uint8Array {
  const head = (length: number) =>
    new BinaryWriter().tag(UNKNOWN_FIELD, WireType.LengthDelimited).uint32(length).finish();
  const rest = size - message.length;
  const length = rest - head(rest).length;
  return joined(message, head(length), Buffer.alloc(length, 'x'));
}

/**
 * A text field in the wire type of a number: some decoders read the nine letters that follow as the text, others as a field
 * of their own (number 8, of 64 bits).
 */
export const smuggledText = (field: DescField): Uint8Array =>
  joined(new BinaryWriter().tag(field.number, WireType.Varint).uint32(9).finish(), Buffer.from('A12345678'));

/** A message once more, and empty: what stood there before is kept. */
export const emptyMessage = (field: DescField): Uint8Array =>
  new BinaryWriter().tag(field.number, WireType.LengthDelimited).uint32(0).finish();

/** The same message, its top-level fields last first; those of a list keep their order. */
export function inOtherOrder(type: DescMessage, message: Message): Uint8Array {
  const fields = [...type.fields].reverse();
  const alone = fields.map((field) => {
    const copy = clone(type, message);
    const reflected = reflect(type, copy);
    for (const each of type.fields) if (each !== field) reflected.clear(each);
    return toBinary(type, copy);
  });
  return joined(...alone);
}

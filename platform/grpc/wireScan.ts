/**
 * One pass over a request's bytes, before anything is decoded: no more than MAX_VALUES values in all (four megabytes of
 * empty elements would otherwise make two million objects), and no text that is not UTF-8 (lone surrogates among it), has
 * a NUL (PostgreSQL stores none), or looks like a card number; and no time outside the years 1 to 9999, which is no valid
 * Date where it is decoded.
 *
 * Works on wire records and not on the decoded message, so that a field that is sent twice, of which decoding keeps the
 * last, is looked at twice. A known field in another wire type than its own is refused: decoders read such bytes in
 * different ways, and what the rules have seen would not be what is handled. Fields that the contract does not know are
 * passed over; nothing of them is ever kept.
 */
import { isUtf8 } from 'node:buffer';
import { type DescField, type DescMessage, fromBinary, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { looksLikeCardNumber } from '../cardNumber.ts';
import type { FieldViolation } from '../errors.ts';

/** Fields and list elements in one request, nested ones included. */
export const MAX_VALUES = 5_000;
const MAX_DEPTH = 100;
// The range of google.protobuf.Timestamp.
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** What is known of a field number: its proto name, and what a length-delimited record of it holds. */
interface Slot {
  readonly name: string;
  readonly isList: boolean;
  /** Of its values; lists of numbers come packed too. */
  readonly wireType: WireType;
  readonly holds: Holds;
}
type Holds = 'text' | 'bytes' | 'numbers' | 'time' | (() => Shape);
type Shape = ReadonlyMap<number, Slot>;

const shapes = new WeakMap<DescMessage, Shape>();

function shapeOf(type: DescMessage): Shape {
  const known = shapes.get(type);
  if (known) return known;
  const shape: Shape = new Map(type.fields.map((field) => [field.number, slotOf(field)]));
  shapes.set(type, shape);
  return shape;
}

function slotOf(field: DescField): Slot {
  const { message, scalar, name } = field;
  const holds = message ? holdsMessage(message) : holdsScalar(scalar);
  const wireType = message ? WireType.LengthDelimited : wireTypeOf(scalar);
  if (field.fieldKind !== 'map') return { name, isList: field.fieldKind === 'list', wireType, holds };
  const key = { wireType: wireTypeOf(field.mapKey), holds: holdsScalar(field.mapKey) };
  const entry: Shape = new Map<number, Slot>([
    [1, { name: 'key', isList: false, ...key }],
    [2, { name: 'value', isList: false, wireType, holds }],
  ]);
  return { name, isList: true, wireType: WireType.LengthDelimited, holds: () => entry };
}

const holdsMessage = (type: DescMessage): Holds =>
  type.typeName === TimestampSchema.typeName ? 'time' : () => shapeOf(type);

function holdsScalar(scalar: ScalarType | undefined): Holds {
  if (scalar === ScalarType.STRING) return 'text';
  return scalar === ScalarType.BYTES ? 'bytes' : 'numbers';
}

/** undefined: an enum. */
function wireTypeOf(scalar: ScalarType | undefined): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

interface Scan {
  readonly violations: FieldViolation[];
  values: number;
  /** The request's own field that is being looked at. */
  topField: string;
}

/** What is wrong with a request's bytes; empty if nothing is. Throws if they are no protobuf at all. */
export function scanRequest(type: DescMessage, bytes: Uint8Array): readonly FieldViolation[] {
  const scan: Scan = { violations: [], values: 0, topField: '' };
  scanMessage(scan, shapeOf(type), bytes, '', 1);
  if (scan.values <= MAX_VALUES) return scan.violations;
  const description = `too much: a request has at most ${MAX_VALUES} values`;
  return [{ field: scan.topField, description }, ...scan.violations];
}

function scanMessage(scan: Scan, shape: Shape, bytes: Uint8Array, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  const reader = new BinaryReader(bytes);
  const seen = new Map<Slot, number>();
  while (reader.pos < reader.len && scan.values <= MAX_VALUES) {
    const [number, wireType] = reader.tag();
    scan.values += 1;
    const slot = shape.get(number);
    const isPacked = slot?.isList && slot.holds === 'numbers' && wireType === WireType.LengthDelimited;
    if (slot && wireType !== slot.wireType && !isPacked) {
      scan.violations.push({ field: path + slot.name, description: 'must come in its own wire type' });
    }
    if (!slot || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number, MAX_DEPTH - depth);
      continue;
    }
    const record = reader.bytes();
    const index = seen.get(slot) ?? 0;
    seen.set(slot, index + 1);
    if (depth === 1) scan.topField = slot.name;
    scanRecord(scan, slot, record, `${path}${slot.name}${slot.isList ? `[${index}]` : ''}`, depth);
  }
}

function scanRecord(scan: Scan, slot: Slot, record: Uint8Array, path: string, depth: number): void {
  if (typeof slot.holds === 'function') scanMessage(scan, slot.holds(), record, `${path}.`, depth + 1);
  else if (slot.holds === 'text') scanText(scan, record, path);
  else if (slot.holds === 'time') scanTime(scan, record, path);
  // Packed: at least one byte a number.
  else if (slot.holds === 'numbers') scan.values += record.length;
}

function scanText(scan: Scan, record: Uint8Array, field: string): void {
  const refuse = (description: string) => scan.violations.push({ field, description });
  if (!isUtf8(record)) refuse('must be UTF-8 text');
  else if (record.includes(0)) refuse('must not contain a NUL character');
  else if (record.length >= 13 && looksLikeCardNumber(Buffer.from(record).toString())) {
    refuse("looks like a card number, which is never accepted: send the payment provider's token");
  }
}

function scanTime(scan: Scan, record: Uint8Array, field: string): void {
  const { seconds, nanos } = fromBinary(TimestampSchema, record);
  const isValid = seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos <= 999_999_999;
  if (!isValid) scan.violations.push({ field, description: 'must be a time in the years 1 to 9999' });
}

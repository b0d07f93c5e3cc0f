/**
 * A request's body as protobuf JSON, strictly: every field that is unknown or of the wrong type is a violation, named by
 * its path as the client spelled it (`lines[0].quantity`). No violation repeats a value.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { type FieldViolation, OrderlogError } from '../../platform/errors.ts';
import { descriptors } from '../../platform/grpc/descriptors.ts';

/** The message's bytes. Throws OrderlogError INVALID_FIELD. */
export function messageBytes(type: DescMessage, json: unknown): Uint8Array {
  const violations = violationsOf(type, json, '');
  const [first] = violations;
  if (first) throw invalid(violations);
  try {
    return toBinary(type, read(type, json));
  } catch {
    // All of its fields are right by themselves: one of them stands there twice, in both of its spellings.
    throw invalid([{ field: '', description: 'gives a field twice' }]);
  }
}

const read = (type: DescMessage, json: unknown) =>
  fromJson(type, json as JsonValue, { registry: descriptors().registry, ignoreUnknownFields: false });

function invalid(violations: readonly FieldViolation[]): OrderlogError {
  const [first] = violations;
  const message = `${first?.field || 'the body'} ${first?.description}`;
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', message, { violations });
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function violationsOf(type: DescMessage, json: unknown, path: string): FieldViolation[] {
  if (!isObject(json)) return [{ field: path, description: 'must be an object' }];
  return Object.entries(json).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const field = type.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (field) return [...fieldViolations(type, field, value, at), ...besideAnother(field, json, key, at)];
    const known = type.fields.map(({ jsonName }) => jsonName).join(', ');
    return [{ field: at, description: `is not a field: known are ${known}` }];
  });
}

/** Of a oneof, only one field may be given: the first of them is right. */
function besideAnother(
  { oneof }: DescField,
  json: Readonly<Record<string, unknown>>,
  key: string,
  at: string,
): FieldViolation[] {
  const isOfIt = (name: string) => oneof?.fields.some((each) => each.jsonName === name || each.name === name);
  const first = Object.keys(json).find(isOfIt);
  if (first === undefined || first === key) return [];
  return [{ field: at, description: `cannot be given together with ${first}: give one of them` }];
}

function fieldViolations(type: DescMessage, field: DescField, value: unknown, at: string): FieldViolation[] {
  // Null is unset.
  if (value === null) return [];
  if (field.fieldKind === 'list' && field.listKind === 'message' && Array.isArray(value)) {
    return value.flatMap((item, index) => violationsOf(field.message, item, `${at}[${index}]`));
  }
  if (field.fieldKind === 'message' && isObject(value)) return violationsOf(field.message, value, at);
  try {
    read(type, { [field.jsonName]: value });
    return [];
  } catch {
    return [{ field: at, description: `must be ${expected(field)}` }];
  }
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const namesOf = ({ values }: DescEnum): string => values.map(({ name }) => name).join(', ');

function expected(field: DescField): string {
  if (field.fieldKind === 'list') return field.enum ? `an array of ${namesOf(field.enum)}` : 'an array';
  if (field.fieldKind === 'enum') return `one of ${namesOf(field.enum)}`;
  if (field.fieldKind === 'message' && field.message.typeName === TIMESTAMP) {
    return 'a time such as 2026-01-31T12:00:00Z';
  }
  if (field.fieldKind !== 'scalar') return 'an object';
  if (field.scalar === ScalarType.STRING) return 'a string';
  if (field.scalar === ScalarType.BOOL) return 'true or false';
  if (field.scalar === ScalarType.INT32) return 'a whole number of 32 bits';
  return 'a whole number of 64 bits, beyond 2^53 as a string';
}

/**
 * JSON Schemas of the contract's messages in the protobuf JSON mapping, from the descriptor image: 64-bit numbers are strings,
 * enums are their names, times are RFC 3339. What an answer leaves out has its type's empty value, so that only requests
 * require anything. An answer may hold fields and names of enums that came later: readers pass over what they do not know.
 */
import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { Schema } from '../rest/route.ts';
import { commentOf } from './comments.ts';
import { isRequired, listKeywords, refusedNumbers, valueConstraint } from './rules.ts';

/** Gathers the schemas that others refer to. */
export interface Schemas {
  /** A reference to a message's schema. */
  of(type: DescMessage): Schema;
  /** A field's own, with what the contract says of it. */
  ofField(field: DescField): Schema;
  /** Of a request that has these fields and no others; unknown ones are refused. */
  ofRequest(type: DescMessage, fields: readonly DescField[]): Schema;
  /** By name: all that was referred to until now. */
  all(): Readonly<Record<string, Schema>>;
}

/** `root`: what references begin with, such as `#/components/schemas/`. */
export function createSchemas(root = '#/components/schemas/'): Schemas {
  const found = new Map<string, Schema>();
  const refer = (type: DescMessage | DescEnum, make: () => Schema): Schema => {
    if (!found.has(type.typeName)) {
      // Its place is taken before it is made: it may refer to itself.
      found.set(type.typeName, {});
      found.set(type.typeName, make());
    }
    return { $ref: root + type.typeName };
  };
  const ofMessage = (type: DescMessage): Schema =>
    refer(type, () => wellKnown[type.typeName] ?? described(commentOf(type), objectOf(type.fields)));
  const ofEnum = (type: DescEnum): Schema => refer(type, () => enumSchema(type));
  const objectOf = (fields: readonly DescField[]): Schema => ({
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.jsonName, ofField(field)])),
    ...exclusions(fields),
  });
  const schemaOf = (field: DescField): Schema => {
    if (field.message) return ofMessage(field.message);
    if (field.enum) return enumField(field, field.enum, ofEnum(field.enum));
    return scalarSchema(field.fieldKind === 'map' ? ScalarType.STRING : (field.scalar ?? ScalarType.STRING));
  };
  function ofField(field: DescField): Schema {
    const { keywords, sentences } = valueConstraint(field);
    const value = { ...schemaOf(field), ...keywords };
    const text = [commentOf(field), ...sentences.map(sentence)].filter((each) => each !== '').join(' ');
    if (field.fieldKind === 'list') {
      return described(text, { type: 'array', items: value, ...listKeywords(field) });
    }
    if (field.fieldKind === 'map') return described(text, { type: 'object', additionalProperties: value });
    return described(text, value);
  }
  return {
    of: ofMessage,
    ofField,
    ofRequest(type, fields) {
      const required = fields.filter(isRequired).map(({ jsonName }) => jsonName);
      const object = { ...objectOf(fields), ...(required.length > 0 && { required }) };
      return described(commentOf(type), { ...object, additionalProperties: false });
    },
    all: () => Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const described = (description: string, schema: Schema): Schema =>
  description === '' ? schema : { description, ...schema };
const sentence = (text: string): string => (/[.!]$/.test(text) ? text : `${text}.`);

/** Of a oneof's fields, one at most. */
function exclusions(fields: readonly DescField[]): Schema {
  const pairs = fields.flatMap((field, at) =>
    fields
      .slice(at + 1)
      .filter(({ oneof }) => oneof !== undefined && oneof === field.oneof)
      .map((other) => ({ not: { required: [field.jsonName, other.jsonName] } })),
  );
  return pairs.length > 0 ? { allOf: pairs } : {};
}

function enumSchema(type: DescEnum): Schema {
  const texts = type.values.flatMap((value) => {
    const comment = commentOf(value);
    return comment === '' ? [] : [`- \`${value.name}\`: ${comment}`];
  });
  const description = [commentOf(type), texts.join('\n')].filter((each) => each !== '').join('\n\n');
  return described(description, { type: 'string', enum: type.values.map(({ name }) => name) });
}

/** A field that refuses some of its enum's values. */
function enumField(field: DescField, type: DescEnum, reference: Schema): Schema {
  const refused = refusedNumbers(field);
  const names = type.values.filter(({ number }) => refused.includes(number)).map(({ name }) => name);
  return names.length > 0 ? { ...reference, not: { enum: names } } : reference;
}

const long: Schema = { type: 'string', format: 'int64', pattern: '^-?[0-9]{1,19}$' };
const scalars: Partial<Readonly<Record<ScalarType, Schema>>> = {
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.BYTES]: { type: 'string', contentEncoding: 'base64' },
  [ScalarType.INT32]: { type: 'integer', format: 'int32' },
  [ScalarType.INT64]: long,
};

function scalarSchema(type: ScalarType): Schema {
  const schema = scalars[type];
  if (schema) return schema;
  throw new Error(`gateway/documents/schemas.ts has no schema for ${ScalarType[type]}`);
}

const wellKnown: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': {
    description: 'A time (RFC 3339).',
    type: 'string',
    format: 'date-time',
  },
  'google.protobuf.Duration': {
    description: 'Seconds, with `s` behind.',
    type: 'string',
    pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$',
  },
  'google.protobuf.Any': {
    description: "A message of some type: its type's URL, and its own fields beside it.",
    type: 'object',
    required: ['@type'],
    properties: { '@type': { type: 'string' } },
    additionalProperties: true,
  },
};

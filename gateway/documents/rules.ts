/**
 * The rules of a field (protovalidate) as keywords of JSON Schema. What JSON Schema cannot say becomes a sentence: bounds of
 * 64-bit numbers, which are strings in JSON, and expressions.
 */
import { type DescField, getOption } from '@bufbuild/protobuf';
import {
  type FieldRules,
  field as fieldRules,
  Ignore,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { Schema } from '../rest/route.ts';

type Rules = Pick<FieldRules, 'type' | 'ignore'>;
type OfType<C extends NonNullable<FieldRules['type']['case']>> = Extract<
  FieldRules['type'],
  { readonly case: C }
>['value'];

const rulesOf = (field: DescField): FieldRules => getOption(field, fieldRules);

/** Keywords, and sentences for what they cannot say. */
export interface Constraint {
  readonly keywords: Schema;
  readonly sentences: readonly string[];
}

const nothing: Constraint = { keywords: {}, sentences: [] };

/** Of a value; of a list: of each of its elements. */
export function valueConstraint(field: DescField): Constraint {
  const { type } = valueRules(field);
  switch (type.case) {
    case 'string':
      return stringConstraint(type.value);
    case 'int32':
      return numberConstraint(type.value);
    case 'int64':
      return longConstraint(type.value);
    case 'enum':
      return nothing;
    default:
      return { keywords: {}, sentences: rulesOf(field).cel.map(({ message }) => message) };
  }
}

/** How many elements a list may have. */
export function listKeywords(field: DescField): Schema {
  const { type } = rulesOf(field);
  if (type.case !== 'repeated') return {};
  const { minItems, maxItems } = type.value;
  return {
    ...(minItems > 0n && { minItems: Number(minItems) }),
    ...(maxItems > 0n && { maxItems: Number(maxItems) }),
  };
}

/** The numbers of an enum that a field refuses. */
export function refusedNumbers(field: DescField): readonly number[] {
  const { type } = valueRules(field);
  return type.case === 'enum' ? type.value.notIn : [];
}

/** Whether a request without the field is refused. */
export function isRequired(field: DescField): boolean {
  const rules = rulesOf(field);
  if (rules.required) return true;
  // What has presence is judged only where it is given.
  if (field.oneof !== undefined || rules.ignore === Ignore.IF_ZERO_VALUE) return false;
  const { type } = rules;
  if (type.case === 'repeated') return type.value.minItems > 0n;
  if (type.case === 'int32' || type.case === 'int64') return refusesZero(type.value);
  return type.case === 'string' && refusesEmpty(type.value);
}

const refusesEmpty = ({ minLen, pattern, wellKnown }: OfType<'string'>): boolean =>
  minLen > 0n || wellKnown.case === 'uuid' || (pattern !== '' && !new RegExp(pattern).test(''));

function refusesZero({ greaterThan, notIn }: OfType<'int32'> | OfType<'int64'>): boolean {
  const { case: kind, value = 0 } = greaterThan;
  return (
    notIn.some((each) => Number(each) === 0) || (kind === 'gte' && value > 0) || (kind === 'gt' && value >= 0)
  );
}

/** Of a list, those of its elements. */
function valueRules(field: DescField): Rules {
  const rules = rulesOf(field);
  if (field.fieldKind !== 'list') return rules;
  const items = rules.type.case === 'repeated' ? rules.type.value.items : undefined;
  return items ?? { type: { case: undefined }, ignore: Ignore.UNSPECIFIED };
}

function stringConstraint({ minLen, maxLen, pattern, wellKnown }: OfType<'string'>): Constraint {
  const keywords = {
    ...(wellKnown.case === 'uuid' && { format: 'uuid' }),
    ...(minLen > 0n && { minLength: Number(minLen) }),
    ...(maxLen > 0n && { maxLength: Number(maxLen) }),
    ...(pattern !== '' && { pattern }),
  };
  return { keywords, sentences: [] };
}

const bound = (keyword: string, { value }: { readonly value?: number | bigint | undefined }): Schema =>
  value === undefined ? {} : { [keyword]: Number(value) };

const numberConstraint = ({ greaterThan, lessThan, notIn }: OfType<'int32'>): Constraint => ({
  keywords: {
    ...bound(greaterThan.case === 'gt' ? 'exclusiveMinimum' : 'minimum', greaterThan),
    ...bound(lessThan.case === 'lt' ? 'exclusiveMaximum' : 'maximum', lessThan),
    ...(notIn.length > 0 && { not: { enum: notIn } }),
  },
  sentences: [],
});

function longConstraint({ greaterThan, lessThan, notIn }: OfType<'int64'>): Constraint {
  const { value: min } = greaterThan;
  const { value: max } = lessThan;
  const sentences = [
    ...(min === undefined ? [] : [greaterThan.case === 'gt' ? `Above ${min}.` : `At least ${min}.`]),
    ...(max === undefined ? [] : [lessThan.case === 'lt' ? `Below ${max}.` : `At most ${max}.`]),
    ...(notIn.length > 0 ? [`Not ${notIn.join(', ')}.`] : []),
  ];
  return { keywords: {}, sentences };
}

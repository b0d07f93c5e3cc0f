/** The protovalidate rules of a field, as the contract's annotations say them. */
import { type DescField, getOption } from '@bufbuild/protobuf';
import {
  type FieldRules,
  field as fieldRules,
  Ignore,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

export interface TextRules {
  readonly isUuid: boolean;
  readonly pattern: string | undefined;
  /** Characters (code points). */
  readonly minLength: number;
  readonly maxLength: number | undefined;
  /** The empty text passes whatever else is asked. */
  readonly mayBeEmpty: boolean;
}

export interface NumberRules {
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  readonly notIn: readonly bigint[];
}

export interface EnumRules {
  readonly definedOnly: boolean;
  readonly notIn: readonly number[];
}

export interface ListRules {
  readonly minItems: number;
  readonly maxItems: number | undefined;
}

const rulesOf = (field: DescField): FieldRules => getOption(field, fieldRules);

export const isRequired = (field: DescField): boolean => rulesOf(field).required;

/** Rules that nothing but evaluation tells. */
export const hasExpressions = (field: DescField): boolean => rulesOf(field).cel.length > 0;

/** What makes values is taught the rules that the contract uses; others are named instead of being passed over. */
function understood<T extends object>(field: DescField, rules: T, known: readonly (keyof T)[]): T {
  const set = Object.entries(rules).filter(([key, value]) => !key.startsWith('$') && isSet(value));
  const unknown = set.map(([key]) => key).find((key) => !known.includes(key as keyof T));
  if (unknown === undefined) return rules;
  throw new Error(
    `${field.parent.typeName}.${field.name}: contract/generate/rules.ts does not know the rule ${unknown}`,
  );
}

const isSet = (value: unknown): boolean => {
  if (typeof value === 'object' && value !== null && 'case' in value) return value.case !== undefined;
  return Array.isArray(value) ? value.length > 0 : value !== false && value !== undefined && value !== '';
};

export function textRules(field: DescField): TextRules {
  const { type, ignore } = itemRules(field);
  const mayBeEmpty = ignore === Ignore.IF_ZERO_VALUE;
  if (type.case !== 'string')
    return { isUuid: false, pattern: undefined, minLength: 0, maxLength: undefined, mayBeEmpty };
  const rules = understood(field, type.value, ['pattern', 'minLen', 'maxLen', 'wellKnown', 'strict']);
  const { case: format, value: isOn } = rules.wellKnown;
  if (format !== undefined && format !== 'uuid') understood(field, { [format]: isOn }, []);
  return {
    isUuid: format === 'uuid' && isOn,
    pattern: rules.pattern || undefined,
    minLength: Number(rules.minLen),
    maxLength: rules.maxLen > 0n ? Number(rules.maxLen) : undefined,
    mayBeEmpty,
  };
}

export function numberRules(field: DescField): NumberRules {
  const { type } = itemRules(field);
  if (type.case !== 'int32' && type.case !== 'int64') return { min: undefined, max: undefined, notIn: [] };
  const rules = understood<typeof type.value>(field, type.value, ['greaterThan', 'lessThan', 'notIn']);
  const { greaterThan, lessThan } = rules;
  const bound = (rule: { case?: string | undefined; value?: number | bigint | undefined }, step: bigint) => {
    if (rule.case === undefined || rule.value === undefined) return undefined;
    return BigInt(rule.value) + (rule.case === 'gt' || rule.case === 'lt' ? step : 0n);
  };
  return { min: bound(greaterThan, 1n), max: bound(lessThan, -1n), notIn: rules.notIn.map(BigInt) };
}

export function enumRules(field: DescField): EnumRules {
  const { type } = itemRules(field);
  if (type.case !== 'enum') return { definedOnly: false, notIn: [] };
  return understood(field, type.value, ['definedOnly', 'notIn']);
}

export function listRules(field: DescField): ListRules {
  const { type } = rulesOf(field);
  if (type.case !== 'repeated') return { minItems: 0, maxItems: undefined };
  const { minItems, maxItems } = understood(field, type.value, ['minItems', 'maxItems', 'items']);
  return { minItems: Number(minItems), maxItems: maxItems > 0n ? Number(maxItems) : undefined };
}

/** The rules of a value: of a list, those of its elements. */
function itemRules(field: DescField): Pick<FieldRules, 'type' | 'ignore'> {
  const rules = rulesOf(field);
  if (field.fieldKind !== 'list') return rules;
  const items = rules.type.case === 'repeated' ? rules.type.value.items : undefined;
  return items ?? { type: { case: undefined }, ignore: Ignore.UNSPECIFIED };
}

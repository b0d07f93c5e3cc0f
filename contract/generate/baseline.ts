/**
 * A request that passes all rules, with as little in it as they allow. What a field is called says what is best put there:
 * those values come from the caller; where it has none, the rules are enough.
 */
import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { enumValues, passes } from './numbers.ts';
import { shortestMatch } from './pattern.ts';
import { setTo } from './places.ts';
import { isRequired, listRules, numberRules, textRules } from './rules.ts';

/** Values by field name; of messages, their plain fields. */
export type Values = Readonly<Record<string, unknown>>;

export function baseline(type: DescMessage, values: Values): Message {
  const message = reflect(type);
  for (const field of type.fields) fill(message, field, values);
  return message.message;
}

function fill(message: ReflectMessage, field: DescField, values: Values): void {
  const given = values[field.name];
  if (field.fieldKind === 'list') {
    fillList(message, field, values);
    return;
  }
  if (field.fieldKind === 'message') {
    if (given !== undefined)
      message.set(field, reflect(field.message, create(field.message, given as never)));
    else if (isRequired(field)) message.set(field, reflect(field.message, baseline(field.message, values)));
    return;
  }
  // What is chosen by setting it is left unset.
  const value = given ?? (field.oneof ? undefined : leastValue(field));
  if (value !== undefined) message.set(field, value);
}

function fillList(message: ReflectMessage, field: DescField & { fieldKind: 'list' }, values: Values): void {
  const count = listRules(field).minItems;
  if (count === 0 || field.listKind !== 'message') return;
  const elements = Array.from({ length: count }, () =>
    reflect(field.message, baseline(field.message, values)),
  );
  setTo(elements)(message, field);
}

/** undefined: unset passes. */
function leastValue(field: DescField): unknown {
  if (field.fieldKind === 'enum') {
    const zero = enumValues(field).find(({ number }) => number === 0);
    return zero?.isValid ? undefined : enumValues(field).find(({ isValid }) => isValid)?.number;
  }
  if (field.scalar === ScalarType.STRING) return leastText(field);
  if (field.scalar !== ScalarType.INT32 && field.scalar !== ScalarType.INT64) return undefined;
  const rules = numberRules(field);
  if (passes(rules, 0n)) return undefined;
  const value = [rules.min, 1n].find((each) => each !== undefined && passes(rules, each)) ?? 1n;
  return field.scalar === ScalarType.INT64 ? value : Number(value);
}

function leastText(field: DescField): string | undefined {
  const { isUuid, pattern, minLength, mayBeEmpty } = textRules(field);
  if (mayBeEmpty) return undefined;
  if (isUuid) return crypto.randomUUID();
  if (minLength > 0) return 'text'.padEnd(minLength, '.').slice(0, Math.max(minLength, 4));
  if (pattern === undefined || new RegExp(pattern).test('')) return undefined;
  return shortestMatch(pattern);
}

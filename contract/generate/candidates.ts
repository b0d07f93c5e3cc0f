/** All values worth trying at a place: by the type of its field, and by the rules on it. */
import { clone, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Candidate, invalid, valid } from './candidate.ts';
import { messageCandidates } from './messages.ts';
import { enumCandidates, enumValues, numberCandidates } from './numbers.ts';
import type { Place } from './places.ts';
import { listRules } from './rules.ts';
import { textCandidates } from './texts.ts';

/** For lists without an upper bound. */
const MANY = 200;

export function candidatesFor({ field, through }: Place): readonly Candidate[] {
  // An amount is tried as a whole.
  if (through.at(-1)?.message.typeName === 'google.type.Money') return [];
  switch (field.fieldKind) {
    case 'scalar':
      return scalarCandidates(field);
    case 'enum':
      return enumCandidates(field);
    case 'message':
      return messageCandidates(field, field.message);
    case 'list':
      return listCandidates(field);
    case 'map':
      throw new Error(`${field.parent.typeName}.${field.name}: no request should have a map`);
  }
}

function scalarCandidates(field: DescField): readonly Candidate[] {
  switch (field.scalar) {
    case ScalarType.STRING:
      return textCandidates(field);
    case ScalarType.INT32:
    case ScalarType.INT64:
      return numberCandidates(field);
    case ScalarType.BOOL:
      return [valid('bool/false', false), valid('bool/true', true)];
    default:
      throw new Error(`${field.parent.typeName}.${field.name}: no values are known for its type`);
  }
}

function listCandidates(field: DescField & { fieldKind: 'list' }): readonly Candidate[] {
  const { minItems, maxItems } = listRules(field);
  const counts: [string, number, boolean][] = [
    ...(minItems > 0
      ? ([
          ['repeated.min_items/below', minItems - 1, false],
          ['repeated.min_items/at', minItems, true],
        ] satisfies [string, number, boolean][])
      : [['repeated/empty', 0, true] satisfies [string, number, boolean]]),
    ...(maxItems === undefined
      ? [['repeated/many', MANY, true] satisfies [string, number, boolean]]
      : ([
          ['repeated.max_items/at', maxItems, true],
          ['repeated.max_items/above', maxItems + 1, false],
        ] satisfies [string, number, boolean][])),
  ];
  const ofLength = counts.map(([name, count, isValid]) => ({ name, isValid, edit: repeat(count) }));
  if (field.listKind !== 'enum') return ofLength;
  const elements = enumValues(field).map(({ name, number, isValid }) =>
    (isValid ? valid : invalid)(name, [number]),
  );
  return [...ofLength, ...elements];
}

/** As many copies of the first element, or of one that passes. */
const repeat =
  (count: number) =>
  (holder: ReflectMessage, field: DescField): void => {
    const list = holder.get(field) as ReflectList;
    const first = list.get(0) ?? firstElement(field);
    list.clear();
    for (let index = 0; index < count; index += 1) list.add(copyOf(first));
  };

const copyOf = (element: unknown): unknown =>
  typeof element === 'object' && element !== null && 'desc' in element
    ? reflect(
        element.desc as DescMessage,
        clone(element.desc as DescMessage, (element as ReflectMessage).message),
      )
    : element;

function firstElement(field: DescField): unknown {
  if (field.message) return reflect(field.message);
  return field.enum ? (field.enum.values[1]?.number ?? 0) : 'text';
}

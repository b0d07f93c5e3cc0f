/** Numbers around the rules of a field: at each bound, beside it, at the ends of the type. */
import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { type Candidate, invalid, valid } from './candidate.ts';
import { enumRules, type NumberRules, numberRules } from './rules.ts';

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

export function numberCandidates(field: DescField): readonly Candidate[] {
  const rules = numberRules(field);
  const isLong = field.scalar === ScalarType.INT64;
  const type = isLong ? INT64 : INT32;
  const rule = isLong ? 'int64' : 'int32';
  const around = (name: string, bound: bigint | undefined): [string, bigint][] =>
    bound === undefined
      ? []
      : [
          [`${rule}.${name}/just_below`, bound - 1n],
          [`${rule}.${name}/at`, bound],
          [`${rule}.${name}/just_above`, bound + 1n],
        ];
  const values: [string, bigint][] = [
    ...around('gte', rules.min),
    ...around('lte', rules.max),
    ...rules.notIn.map((value): [string, bigint] => [`${rule}.not_in/in`, value]),
    [`${rule}/least`, type.min],
    [`${rule}/greatest`, type.max],
    // The first number that a double cannot hold.
    ...(isLong ? [[`${rule}/beyond_double`, 2n ** 53n + 1n] satisfies [string, bigint]] : []),
  ];
  return values.map(([name, value]) =>
    (passes(rules, value) ? valid : invalid)(name, isLong ? value : Number(value)),
  );
}

export const passes = ({ min, max, notIn }: NumberRules, value: bigint): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max) && !notIn.includes(value);

/** Numbers that no version of the contract defines. */
const UNKNOWN = [9_999, -1, Number(INT32.max)];

export const enumCandidates = (field: DescField): readonly Candidate[] =>
  enumValues(field).map(({ name, number, isValid }) => (isValid ? valid : invalid)(name, number));

/** Every number that the contract defines, and some that it does not. */
export function enumValues(field: DescField): readonly { name: string; number: number; isValid: boolean }[] {
  const { definedOnly, notIn } = enumRules(field);
  const known = (field.enum?.values ?? []).map(({ name, number }) => {
    const isValid = !notIn.includes(number);
    return { name: isValid ? `enum/${name}` : `enum.not_in/${name}`, number, isValid };
  });
  const rule = definedOnly ? 'enum.defined_only' : 'enum';
  const unknown = UNKNOWN.map((number) => ({
    name: `${rule}/unknown_${number}`,
    number,
    isValid: !definedOnly,
  }));
  return [...known, ...unknown];
}

/** JSON that is nearly what a route wants, and JSON that is nothing like it. */
import fc from 'fast-check';
import { texts } from './texts.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const values: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(null, true, 0, -1, 1.5, 1e300, 2 ** 53, [], {}, [[]], [null], { a: { b: null } }),
  texts,
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
);

/** One place of a JSON is given another value, or none, or a name besides. The place: which child, level by level. */
interface Edit {
  readonly at: readonly number[];
  readonly change: 'set' | 'remove' | 'add';
  readonly name: string;
  readonly value: Json;
}

const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    at: fc.array(fc.nat(12), { maxLength: 4 }),
    change: fc.constantFrom('set', 'set', 'set', 'remove', 'add'),
    name: texts,
    value: values,
  }) as fc.Arbitrary<Edit>,
  { maxLength: 4 },
);

function edited(json: Json, edit: Edit, depth = 0): Json {
  const next = edit.at[depth];
  const isInner = typeof json === 'object' && json !== null;
  if (next === undefined || !isInner || Object.keys(json).length === 0) {
    if (edit.change === 'add' && isInner && !Array.isArray(json)) return { ...json, [edit.name]: edit.value };
    return edit.value;
  }
  const keys = Object.keys(json);
  const key = keys[next % keys.length] ?? '';
  const isLast = edit.at[depth + 1] === undefined;
  const entries = Object.entries(json as { readonly [name: string]: Json }).flatMap(
    ([name, value]): [string, Json][] => {
      if (name !== key) return [[name, value]];
      return isLast && edit.change === 'remove' ? [] : [[name, edited(value, edit, depth + 1)]];
    },
  );
  return Array.isArray(json) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

const DEEP = 200_000;

/** What no JSON says of itself. */
const broken: fc.Arbitrary<string> = fc.oneof(
  fc.nat(DEEP).map((depth) => '['.repeat(depth)),
  fc.nat(DEEP).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.nat(DEEP).map((many) => `[${'0,'.repeat(many)}0]`),
  fc.constantFrom(
    '"\\ud800"',
    '"\\u0000"',
    '{"a":1,"a":2}',
    '{"__proto__":{"a":1}}',
    '1e999',
    '-',
    '{',
    '\ufeff{}',
    '// a',
  ),
  fc.constantFrom(1_048_575, 1_048_577, 3_000_000).map((length) => `"${'x'.repeat(length - 2)}"`),
  texts,
);

/** The text of a body; `example`: one that is right. */
export const bodies = (example: Json): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: edits.map((all) => JSON.stringify(all.reduce(editedBy, example)) ?? '') },
    { weight: 1, arbitrary: values.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: broken },
  );

const editedBy = (json: Json, edit: Edit): Json => edited(json, edit);

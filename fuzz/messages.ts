/** Bytes of requests, from their descriptors: nearly right, of the right types, and damaged. */
import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';
import { baseline } from '../contract/generate/baseline.ts';
import { candidatesFor } from '../contract/generate/candidates.ts';
import { change, placesOf } from '../contract/generate/places.ts';
import { commonValues } from '../contract/states.ts';
import { damaged, damages, texts } from './texts.ts';

const MAX_CHANGES = 4;
const MAX_DEPTH = 3;
const MAX_ELEMENTS = 5;

export function requestBytes(type: DescMessage): fc.Arbitrary<Uint8Array> {
  const nearly = nearlyRight(type);
  const any = anyOf(type).map((message) => toBinary(type, message));
  return fc.oneof(
    { weight: 4, arbitrary: nearly },
    { weight: 3, arbitrary: any },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.oneof(nearly, any), damages).map(([bytes, all]) => damaged(bytes, all)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );
}

/** The contract suite's: a request that passes the rules, with a few of the values around them (contract/generate/). */
function nearlyRight(type: DescMessage): fc.Arbitrary<Uint8Array> {
  const places = placesOf(type).map((place) => ({ place, candidates: candidatesFor(place) }));
  const usable = places.filter(({ candidates }) => candidates.length > 0);
  const picks = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: MAX_CHANGES });
  return picks.map((picked) => {
    const changes = picked.flatMap(([which, what]) => {
      const { place, candidates } = usable[which % usable.length] ?? { candidates: [] };
      const candidate = candidates[what % candidates.length];
      return place && candidate ? [{ place, candidate }] : [];
    });
    // Outer places first: a list that is emptied is entered again by what is changed in it.
    changes.sort((one, other) => one.place.path.length - other.place.path.length);
    const message = changes.reduce(
      (edited, { place, candidate }) => change(type, edited, place, candidate.edit),
      baseline(type, commonValues()),
    );
    return toBinary(type, message);
  });
}

/** Any values of the right types, in any of the fields. */
function anyOf(type: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const fields = depth < MAX_DEPTH ? type.fields : type.fields.filter(({ message }) => !message);
  const chosen = fields.map((field) =>
    fc.option(valuesOf(field, depth), { nil: undefined }).map((value) => ({ field, value })),
  );
  return fc.tuple(...chosen).map((values) => {
    const message = reflect(type);
    for (const { field, value } of values) if (value !== undefined) set(message, field, value);
    return message.message;
  });
}

function set(message: ReflectMessage, field: DescField, value: unknown): void {
  if (field.fieldKind !== 'list') {
    message.set(field, value);
    return;
  }
  const list = message.get(field);
  for (const each of value as readonly unknown[]) list.add(each);
}

function valuesOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const { message } = field;
  if (field.fieldKind === 'map')
    throw new Error(`${field.parent.typeName}.${field.name}: no request should have a map`);
  const one: fc.Arbitrary<unknown> = message
    ? anyOf(message, depth + 1).map((inner) => reflect(message, inner))
    : field.enum
      ? fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), fc.integer())
      : scalarsOf(field);
  return field.fieldKind === 'list' ? fc.array(one, { maxLength: MAX_ELEMENTS }) : one;
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

function scalarsOf({ scalar, parent, name }: DescField): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return texts;
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 100 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
      return fc.integer();
    case ScalarType.UINT32:
      return fc.nat();
    case ScalarType.INT64:
      return fc.bigInt(INT64);
    default:
      throw new Error(`${parent.typeName}.${name}: no values are known for its type`);
  }
}

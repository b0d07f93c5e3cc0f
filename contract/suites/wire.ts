/**
 * Bytes that no client library writes: cut, with illegal tags, in another wire type, too many. Refused as what they are,
 * never INTERNAL, never acted upon. And bytes of a newer version of the contract: fields that are not known here never
 * refuse a request.
 */
import { ScalarType, toBinary } from '@bufbuild/protobuf';
import type { Case } from '../case.ts';
import { acceptable, type Context, expectBytes, plausible } from '../context.ts';
import { accepted } from '../expect.ts';
import {
  BROKEN,
  emptyMessage,
  inOtherWireType,
  joined,
  paddedTo,
  smuggledText,
  unknownFields,
} from '../generate/bytes.ts';
import { change, type Place, placeAt, placesOf, setTo } from '../generate/places.ts';
import type { Expectation } from '../judge.ts';
import { checkEcho } from '../laws/echo.ts';
import { acceptedCode } from '../states.ts';
import type { Rpc } from '../targets.ts';

/** Of a request, as it stands on the wire. */
const MAX_BYTES = 4 * 1024 * 1024;

export function wireCases(context: Context, rpc: Rpc): readonly Case[] {
  const type = rpc.method.input;
  const asItShouldBe = async () => toBinary(type, await acceptable(context, rpc));
  const plain = () => toBinary(type, plausible(rpc));
  const ok: Expectation = { kind: 'accepted', codes: [acceptedCode(rpc)] };
  const made = (
    name: string,
    bytes: () => Uint8Array | Promise<Uint8Array>,
    expectation: Expectation,
  ): Case => ({
    suite: 'wire',
    subject: rpc.title,
    name,
    async run() {
      await expectBytes(context, rpc, await bytes(), expectation);
    },
  });
  return [
    ...Object.entries(BROKEN).map(([name, broken]) =>
      made(name, () => joined(plain(), broken), { kind: 'unreadable' }),
    ),
    ...type.fields.map((field) => otherWireType(context, rpc, field.name)),
    ...Object.entries(unknownFields()).map(([name, unknown]) =>
      made(`unknown_field/${name}`, async () => joined(await asItShouldBe(), unknown), ok),
    ),
    ...nestedUnknowns(context, rpc),
    ...type.fields
      .filter(({ scalar }) => scalar === ScalarType.STRING)
      .map((field) => smuggled(context, rpc, placeAt(type, field.name))),
    ...type.fields
      .filter((field) => field.fieldKind === 'message')
      .map(({ name }) => twice(context, rpc, placeAt(type, name))),
    // The bound is the server's, whatever the rpc.
    ...(rpc.method.parent.methods[0] === rpc.method
      ? [
          made('size/at_4_mib', async () => paddedTo(MAX_BYTES, await asItShouldBe()), ok),
          made('size/above_4_mib', () => paddedTo(MAX_BYTES + 1, plain()), {
            kind: 'accepted',
            codes: ['RESOURCE_EXHAUSTED'],
          }),
        ]
      : []),
  ];
}

/** As protobuf reads it, such a field is an unknown one; refusing it is better. */
function otherWireType(context: Context, rpc: Rpc, name: string): Case {
  const type = rpc.method.input;
  const place = placeAt(type, name);
  return {
    suite: 'wire',
    subject: rpc.title,
    name: `other_wire_type/${name}`,
    async run() {
      const without = change(type, await acceptable(context, rpc), place, setTo(undefined));
      const fields = context.oracle(type, without);
      const asUnknown: Expectation =
        fields.length > 0 ? { kind: 'refused', fields } : accepted(rpc, { ...place, path: '' });
      const bytes = joined(toBinary(type, without), inOtherWireType(place.field));
      const expectations: readonly Expectation[] = [
        { kind: 'refusedAt', field: name },
        { kind: 'unreadable' },
        asUnknown,
      ];
      await expectBytes(context, rpc, bytes, { kind: 'anyOf', expectations });
    },
  };
}

/** What the rules see must be what is done: not a text for them, and none for what follows. */
function smuggled(context: Context, rpc: Rpc, place: Place): Case {
  const type = rpc.method.input;
  const { name } = place.field;
  return {
    suite: 'wire',
    subject: rpc.title,
    name: `other_wire_type/smuggled_${name}`,
    async run() {
      const without = change(type, await acceptable(context, rpc), place, setTo(undefined));
      const fields = context.oracle(type, without);
      const asUnset: Expectation =
        fields.length > 0 ? { kind: 'refused', fields } : accepted(rpc, { ...place, path: '' });
      const bytes = joined(toBinary(type, without), smuggledText(place.field));
      await expectBytes(context, rpc, bytes, {
        kind: 'anyOf',
        expectations: [{ kind: 'refusedAt', field: name }, { kind: 'unreadable' }, asUnset],
      });
    },
  };
}

/** A message that comes twice is merged: that is how protobuf reads it. */
function twice(context: Context, rpc: Rpc, place: Place): Case {
  const type = rpc.method.input;
  const { name, message } = place.field;
  return {
    suite: 'wire',
    subject: rpc.title,
    name: `message_twice/${name}`,
    async run() {
      if (!message) return;
      const amount = { currencyCode: 'EUR', units: 7n, nanos: 500_000_000 };
      const time = { seconds: 2_000_000_000n };
      const value = message.typeName === 'google.type.Money' ? amount : time;
      const full = await acceptable(context, rpc, { [name]: value });
      const bytes = joined(toBinary(type, full), emptyMessage(place.field));
      const outcome = await expectBytes(context, rpc, bytes, accepted(rpc, { ...place, path: '' }));
      const [answer] = outcome.answers;
      if (outcome.code === 'OK' && answer) checkEcho(context.image, rpc.method, full, answer);
    },
  };
}

/** In each message inside the request. */
function nestedUnknowns(context: Context, rpc: Rpc): readonly Case[] {
  const type = rpc.method.input;
  const inner = placesOf(type).filter(({ field, through }) => field.message && through.length === 0);
  return inner.map(
    ({ path, field }): Case => ({
      suite: 'wire',
      subject: rpc.title,
      name: `unknown_field/in_${path}`,
      async run() {
        const message = await acceptable(context, rpc);
        const edited = change(type, message, placeAt(type, path), (holder, at) => {
          const value: unknown = holder.get(at);
          const first = field.fieldKind === 'list' ? [...(value as Iterable<Holder>)][0] : (value as Holder);
          if (!holder.isSet(at)) return;
          first?.setUnknown([{ no: 31_999, wireType: 2, data: new Uint8Array([1, 0x61]) }]);
        });
        await expectBytes(context, rpc, toBinary(type, edited), {
          kind: 'accepted',
          codes: [acceptedCode(rpc)],
        });
      },
    }),
  );
}

type Holder = { setUnknown(fields: { no: number; wireType: number; data: Uint8Array }[]): void };

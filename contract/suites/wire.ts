/**
 * Bytes that no client library writes: cut, with illegal tags, in another wire type, too many. Refused as what they are,
 * never INTERNAL, never acted upon.
 */
import { ScalarType, toBinary } from '@bufbuild/protobuf';
import type { Case } from '../case.ts';
import { acceptable, type Context, expectBytes, plausible } from '../context.ts';
import { acceptedAs } from '../expect.ts';
import { BROKEN, inOtherWireType, joined, paddedTo, smuggledText } from '../generate/bytes.ts';
import { change, placeAt, setTo } from '../generate/places.ts';
import type { Expectation } from '../judge.ts';
import { acceptedCode } from '../states.ts';
import type { Rpc } from '../targets.ts';

/** Of a request, as it stands on the wire. */
const MAX_BYTES = 4 * 1024 * 1024;

export function wireCases(context: Context, rpc: Rpc): readonly Case[] {
  const type = rpc.method.input;
  const plain = () => toBinary(type, plausible(rpc));
  const made = (name: string, bytes: () => Promise<Uint8Array>, expectation: Expectation): Case => ({
    suite: 'wire',
    subject: rpc.title,
    name,
    async run() {
      await expectBytes(context, rpc, await bytes(), expectation);
    },
  });
  const texts = type.fields.filter(({ scalar }) => scalar === ScalarType.STRING);
  const isFirst = rpc.method.parent.methods[0] === rpc.method;
  return [
    ...Object.entries(BROKEN).map(([name, broken]) =>
      made(`unreadable/${name}`, async () => joined(plain(), broken), { kind: 'unreadable' }),
    ),
    ...type.fields.map((field) => otherWireType(context, rpc, field.name, '', inOtherWireType(field))),
    // What the rules see must be what is done: not a text for them, and none for what follows.
    ...texts.map((field) => otherWireType(context, rpc, field.name, '/smuggled', smuggledText(field))),
    // The bound is the server's, whatever the rpc.
    ...(isFirst
      ? [
          made(
            'size/at_4_mib',
            async () => paddedTo(MAX_BYTES, toBinary(type, await acceptable(context, rpc))),
            { kind: 'accepted', codes: [acceptedCode(rpc)] },
          ),
          made('size/above_4_mib', async () => paddedTo(MAX_BYTES + 1, plain()), {
            kind: 'accepted',
            codes: ['RESOURCE_EXHAUSTED'],
          }),
        ]
      : []),
  ];
}

/** As protobuf reads it, such a field is an unknown one, and the request is one without it; refusing it is better. */
function otherWireType(context: Context, rpc: Rpc, name: string, how: string, record: Uint8Array): Case {
  const type = rpc.method.input;
  return {
    suite: 'wire',
    subject: rpc.title,
    name: `other_wire_type/${name}${how}`,
    async run() {
      const place = placeAt(type, name);
      const without = change(type, await acceptable(context, rpc), place, setTo(undefined));
      const bytes = joined(toBinary(type, without), record);
      await expectBytes(context, rpc, bytes, {
        kind: 'anyOf',
        expectations: [
          { kind: 'refusedAt', field: name },
          { kind: 'unreadable' },
          acceptedAs(context, rpc, place, without),
        ],
      });
    },
  };
}

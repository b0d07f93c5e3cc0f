/**
 * Bytes as a newer client, or another language, may write them: fields that are not known here, at any depth, and messages
 * that come in two records, which are merged. They never refuse a request.
 */
import { type Message, toBinary } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Case, casesOn } from '../case.ts';
import { acceptable, type Context, expectBytes } from '../context.ts';
import { acceptedAs } from '../expect.ts';
import { emptyMessage, joined, UNKNOWN_FIELD, unknownFields } from '../generate/bytes.ts';
import { type Place, placeAt } from '../generate/places.ts';
import { checkEcho } from '../laws/echo.ts';
import { acceptedCode } from '../states.ts';
import type { Rpc } from '../targets.ts';

/** For messages that a request need not have. */
const VALUES: Readonly<Record<string, object>> = {
  'google.type.Money': { currencyCode: 'EUR', units: 7n, nanos: 500_000_000 },
  'google.protobuf.Timestamp': { seconds: 2_000_000_000n },
};

export function newerCases(context: Context, rpc: Rpc): readonly Case[] {
  const type = rpc.method.input;
  const made = casesOn('wire', rpc.title);
  const messages = type.fields.filter((field) => field.message).map(({ name }) => placeAt(type, name));
  return [
    ...Object.entries(unknownFields()).map(([name, unknown]) =>
      made(`unknown_field/${name}`, async () => {
        const bytes = joined(toBinary(type, await acceptable(context, rpc)), unknown);
        await expectBytes(context, rpc, bytes, { kind: 'accepted', codes: [acceptedCode(rpc)] });
      }),
    ),
    ...messages.map((place) =>
      made(`unknown_field/in_${place.path}`, () => unknownInside(context, rpc, place)),
    ),
    ...messages
      .filter(({ field }) => field.fieldKind === 'message')
      .map((place) => made(`message_twice/${place.path}`, () => twice(context, rpc, place))),
  ];
}

/** A request with a message at a place. */
const withMessage = (context: Context, rpc: Rpc, { field }: Place): Promise<Message> =>
  acceptable(context, rpc, { [field.name]: VALUES[field.message?.typeName ?? ''] });

async function unknownInside(context: Context, rpc: Rpc, place: Place): Promise<void> {
  const type = rpc.method.input;
  const message = await withMessage(context, rpc, place);
  const value = reflect(type, message).get(place.field) as ReflectMessage | ReflectList;
  const inner = 'desc' in value ? value : (value.get(0) as ReflectMessage | undefined);
  const data = new BinaryWriter().string('of a newer version').finish();
  inner?.setUnknown([{ no: UNKNOWN_FIELD, wireType: WireType.LengthDelimited, data }]);
  await expectBytes(context, rpc, toBinary(type, message), acceptedAs(context, rpc, place, message));
}

async function twice(context: Context, rpc: Rpc, place: Place): Promise<void> {
  const message = await withMessage(context, rpc, place);
  const bytes = joined(toBinary(rpc.method.input, message), emptyMessage(place.field));
  const outcome = await expectBytes(context, rpc, bytes, acceptedAs(context, rpc, place, message));
  const [answer] = outcome.answers;
  if (outcome.code === 'OK' && answer) checkEcho(context.image, rpc.method, message, answer);
}

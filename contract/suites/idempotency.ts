/**
 * Commands (requests with a request_id): a repeat gets the same bytes, whether it comes later, at once with others, in
 * another order of fields or with the id in another case; the same id with another body is refused; refusals for good are
 * remembered, and what broke a rule is not.
 */
import { randomUUID } from 'node:crypto';
import { type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import { type Case, casesOn } from '../case.ts';
import { acceptable, type Context, expectBytes, expectMessage, send } from '../context.ts';
import type { Values } from '../generate/baseline.ts';
import { inOtherOrder, joined, unknownText } from '../generate/bytes.ts';
import { enumValues } from '../generate/numbers.ts';
import { change, placeAt, setTo } from '../generate/places.ts';
import type { Expectation } from '../judge.ts';
import { assertOneAnswer, assertReused, assertSame } from '../laws/repeats.ts';
import { acceptedCode, isMaker } from '../states.ts';
import type { Rpc } from '../targets.ts';

export const isCommand = ({ method }: Rpc): boolean =>
  method.input.fields.some(({ name }) => name === 'request_id');

export function idempotencyCases(context: Context, rpc: Rpc): readonly Case[] {
  if (!isCommand(rpc)) return [];
  const type = rpc.method.input;
  const ok: Expectation = { kind: 'accepted', codes: [acceptedCode(rpc)] };
  const made = casesOn('idempotency', rpc.title);
  const repeated = async (edit: (message: Message) => Uint8Array, values: Values = {}) => {
    const message = await acceptable(context, rpc, values);
    const outcome = await expectMessage(context, rpc, message, ok);
    assertSame(context, rpc, outcome, await send(context, rpc, edit(message)), edit(message));
  };
  const reused = async (edit: (message: Message) => Uint8Array) => {
    const message = await acceptable(context, rpc);
    await expectMessage(context, rpc, message, ok);
    await assertReused(context, rpc, edit(message));
  };
  const plain = (message: Message) => toBinary(type, message);
  return [
    made('repeat', () => repeated(plain)),
    made('repeat/fields_in_other_order', () => repeated((message) => inOtherOrder(type, message))),
    made('repeat/id_in_upper_case', () => repeated((message) => plain(inUpperCase(rpc, message)))),
    ...choices(rpc).map(({ field, name, number }) =>
      made(`repeat/${field}/${name}`, () => repeated(plain, { [field]: number })),
    ),
    made('at_once', async () => assertOneAnswer(context, rpc, await acceptable(context, rpc))),
    made('other_body', () => reused((message) => plain(withOtherBody(rpc, message)))),
    made('other_body/unknown_field', () => reused((message) => joined(plain(message), unknownText('more')))),
    made('mended', () => mended(context, rpc)),
    ...(isMaker(rpc) ? [] : [made('repeat/of_a_refusal', () => refusedTwice(context, rpc))]),
  ];
}

/** What a request may choose among, each of which may be another way to the answer. */
const choices = ({ method }: Rpc): readonly { field: string; name: string; number: number }[] =>
  method.input.fields.flatMap((field) =>
    field.fieldKind === 'enum'
      ? enumValues(field)
          .filter(({ number, isValid }) => isValid && number > 0)
          .map(({ name, number }) => ({ field: field.name, name, number }))
      : [],
  );

const inUpperCase = ({ method: { input } }: Rpc, message: Message): Message =>
  change(input, message, placeAt(input, 'request_id'), (holder, field) =>
    holder.set(field, String(holder.get(field)).toUpperCase()),
  );

/** Another field that must not be empty. */
const other = ({ method }: Rpc): string =>
  method.input.fields.find(({ name }) => name !== 'request_id')?.name ?? '';

const emptied = (rpc: Rpc, message: Message): Message =>
  change(rpc.method.input, message, placeAt(rpc.method.input, other(rpc)), setTo(''));

/** The same but for the last of its texts, or the order that it names. */
function withOtherBody({ method: { input } }: Rpc, message: Message): Message {
  const texts = input.fields.filter(
    ({ scalar, name }) => scalar === ScalarType.STRING && name !== 'request_id',
  );
  const place = placeAt(input, texts.at(-1)?.name ?? '');
  return change(input, message, place, setTo(place.field.name === 'order_id' ? randomUUID() : 'another'));
}

/** What broke a rule may be sent again under the same request_id, mended. */
async function mended(context: Context, rpc: Rpc): Promise<void> {
  const message = await acceptable(context, rpc);
  await expectMessage(context, rpc, emptied(rpc, message), { kind: 'refusedAt', field: other(rpc) });
  await expectMessage(context, rpc, message, { kind: 'accepted', codes: [acceptedCode(rpc)] });
}

/** A refusal that is no matter of the request's form: what it names is not there. */
async function refusedTwice(context: Context, rpc: Rpc): Promise<void> {
  const unknown = { order_id: randomUUID(), sku: `NONE-${randomUUID()}` };
  const bytes = toBinary(rpc.method.input, await acceptable(context, rpc, unknown));
  const outcome = await expectBytes(context, rpc, bytes, { kind: 'accepted', codes: ['NOT_FOUND'] });
  assertSame(context, rpc, outcome, await send(context, rpc, bytes), bytes);
}

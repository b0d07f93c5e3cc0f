/**
 * Commands (requests with a request_id): a repeat gets the same bytes, whether it comes later, at once with others, in
 * another order of fields or with the id in another case; the same id with another body is refused; refusals for good are
 * remembered, and what broke a rule is not.
 */
import { randomUUID } from 'node:crypto';
import { type Message, toBinary } from '@bufbuild/protobuf';
import type { Outcome } from '../call.ts';
import { type Case, NotOffered, Violation } from '../case.ts';
import { acceptable, type Context, expectBytes, expectMessage, send } from '../context.ts';
import { inOtherOrder, joined, unknownText } from '../generate/bytes.ts';
import { change, placeAt, setTo } from '../generate/places.ts';
import type { Expectation } from '../judge.ts';
import { describeOutcome, requestText } from '../say.ts';
import { acceptedCode } from '../states.ts';
import { detailsOf } from '../status.ts';
import type { Rpc } from '../targets.ts';

const AT_ONCE = 20;

export const isCommand = ({ method }: Rpc): boolean =>
  method.input.fields.some(({ name }) => name === 'request_id');

export function idempotencyCases(context: Context, rpc: Rpc): readonly Case[] {
  if (!isCommand(rpc)) return [];
  const type = rpc.method.input;
  const ok: Expectation = { kind: 'accepted', codes: [acceptedCode(rpc)] };
  const id = placeAt(type, 'request_id');
  const first = async () => {
    const message = await acceptable(context, rpc);
    return { message, outcome: await expectMessage(context, rpc, message, ok) };
  };
  const repeated = async (edit: (message: Message) => Uint8Array) => {
    const { message, outcome } = await first();
    assertSame(context, rpc, outcome, await send(context, rpc, edit(message)), edit(message));
  };
  const reused = async (edit: (message: Message) => Uint8Array) => {
    const { message } = await first();
    await refusedAsReused(context, rpc, edit(message));
  };
  const made = (name: string, run: () => Promise<void>): Case => ({
    suite: 'idempotency',
    subject: rpc.title,
    name,
    run,
  });
  return [
    made('repeat', () => repeated((message) => toBinary(type, message))),
    made('repeat/fields_in_other_order', () => repeated((message) => inOtherOrder(type, message))),
    made('repeat/id_in_upper_case', () =>
      repeated((message) => toBinary(type, change(type, message, id, upperCase))),
    ),
    made('at_once', () => atOnce(context, rpc)),
    made('other_body', () => reused((message) => toBinary(type, withOtherBody(rpc, message)))),
    made('other_body/unknown_field', () =>
      reused((message) => joined(toBinary(type, message), unknownText('more'))),
    ),
    made('mended', async () => {
      const message = await acceptable(context, rpc);
      await expectMessage(context, rpc, emptied(rpc, message), { kind: 'refusedAt', field: other(rpc) });
      await expectMessage(context, rpc, message, ok);
    }),
    ...refusalCases(context, rpc, made),
  ];
}

const upperCase: Parameters<typeof change>[3] = (holder, field) =>
  holder.set(field, String(holder.get(field)).toUpperCase());

/** Another field that must not be empty. */
const other = ({ method }: Rpc): string =>
  method.input.fields.find(({ name }) => name !== 'request_id')?.name ?? '';

const emptied = (rpc: Rpc, message: Message): Message =>
  change(rpc.method.input, message, placeAt(rpc.method.input, other(rpc)), setTo(''));

/** The same but for the last of its texts, or the ids that it names. */
function withOtherBody({ method: { input } }: Rpc, message: Message): Message {
  const texts = input.fields.filter(({ scalar, name }) => scalar === 9 && name !== 'request_id');
  const place = placeAt(input, texts.at(-1)?.name ?? '');
  const value = place.field.name === 'order_id' ? randomUUID() : 'another';
  return change(input, message, place, setTo(value));
}

async function atOnce(context: Context, rpc: Rpc): Promise<void> {
  const bytes = toBinary(rpc.method.input, await acceptable(context, rpc));
  const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => send(context, rpc, bytes)));
  const [one, ...others] = outcomes;
  if (!one) return;
  const text = requestText(context.image, rpc.method.input, bytes);
  if (one.code === 'UNIMPLEMENTED') throw new NotOffered();
  if (one.code !== acceptedCode(rpc)) {
    throw new Violation(acceptedCode(rpc), describeOutcome(context.image, one), text);
  }
  for (const each of others) assertSame(context, rpc, one, each, bytes);
}

/** A refusal that is no matter of the request's form: what it names is not there. */
function refusalCases(
  context: Context,
  rpc: Rpc,
  made: (name: string, run: () => Promise<void>) => Case,
): readonly Case[] {
  const { input, name } = rpc.method;
  if (!/^(CancelOrder|AdjustStock|ConfirmReservation|Refund|ResolvePaymentReview)$/.test(name)) return [];
  return [
    made('repeat/of_a_refusal', async () => {
      const unknown = { order_id: randomUUID(), sku: `NONE-${randomUUID()}` };
      const bytes = toBinary(input, await acceptable(context, rpc, unknown));
      const outcome = await expectBytes(context, rpc, bytes, { kind: 'accepted', codes: ['NOT_FOUND'] });
      assertSame(context, rpc, outcome, await send(context, rpc, bytes), bytes);
    }),
  ];
}

function assertSame(context: Context, rpc: Rpc, one: Outcome, two: Outcome, bytes: Uint8Array): void {
  const same =
    one.code === two.code &&
    one.message === two.message &&
    sameBytes(one.details, two.details) &&
    sameBytes(one.answers[0], two.answers[0]);
  if (same) return;
  const { image } = context;
  const shown = (outcome: Outcome) =>
    outcome.answers[0]
      ? requestText(image, rpc.method.output, outcome.answers[0])
      : describeOutcome(image, outcome);
  throw new Violation(
    `the same answer, byte for byte: ${shown(one)}`,
    shown(two),
    requestText(image, rpc.method.input, bytes),
  );
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  Buffer.compare(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)) === 0;

async function refusedAsReused(context: Context, rpc: Rpc, bytes: Uint8Array): Promise<void> {
  const outcome = await send(context, rpc, bytes);
  const details = detailsOf(context.image, outcome);
  const isReused =
    outcome.code === 'INVALID_ARGUMENT' &&
    details?.reason === 'REQUEST_ID_REUSED' &&
    details.fields.join() === 'request_id';
  if (isReused) return;
  throw new Violation(
    'INVALID_ARGUMENT, reason REQUEST_ID_REUSED, naming request_id',
    describeOutcome(context.image, outcome),
    requestText(context.image, rpc.method.input, bytes),
  );
}

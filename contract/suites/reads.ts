/**
 * What was written is what is read: an answer of a command is read again by its getter, the same at once and in every
 * field that both have.
 */
import { randomUUID } from 'node:crypto';
import { type DescField, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Case, Violation } from '../case.ts';
import { acceptable, type Context, expectMessage } from '../context.ts';
import type { Values } from '../generate/baseline.ts';
import { messageText } from '../say.ts';
import { fieldValue } from '../status.ts';
import { type Rpc, rpcsOf } from '../targets.ts';

interface RoundTrip {
  readonly write: string;
  readonly read: string;
  /** The id that both name. */
  readonly by: 'order_id' | 'sku';
  /** Where what was written stands in the write's answer, and in the read's. Empty: only its request is looked for. */
  readonly from: string;
  readonly to: string;
}

const ROUND_TRIPS: readonly RoundTrip[] = [
  { write: 'PutItem', read: 'GetItem', by: 'sku', from: 'item', to: 'item' },
  { write: 'ReserveItems', read: 'GetReservation', by: 'order_id', from: 'reservation', to: 'reservation' },
  {
    write: 'ReleaseReservation',
    read: 'GetReservation',
    by: 'order_id',
    from: 'reservation',
    to: 'reservation',
  },
  {
    write: 'ConfirmReservation',
    read: 'GetReservation',
    by: 'order_id',
    from: 'reservation',
    to: 'reservation',
  },
  { write: 'CancelPayment', read: 'GetPayment', by: 'order_id', from: 'payment', to: 'payment' },
  { write: 'Charge', read: 'GetPayment', by: 'order_id', from: '', to: 'payment' },
  {
    write: 'PlaceOrder',
    read: 'orderlog.order.v1.OrderService/GetOrder',
    by: 'order_id',
    from: '',
    to: 'order',
  },
  { write: 'PlaceOrder', read: 'WatchOrder', by: 'order_id', from: '', to: 'snapshot' },
];

/** Of the reads of `rpc`. */
export function readCases(context: Context, rpc: Rpc): readonly Case[] {
  const reads = ROUND_TRIPS.filter(({ read }) => rpc.path.endsWith(`/${read}`));
  return reads.map(
    (trip): Case => ({
      suite: 'reads',
      subject: rpc.title,
      name: `after/${trip.write}`,
      run: () => roundTrip(context, rpc, trip),
    }),
  );
}

async function roundTrip(context: Context, read: Rpc, trip: RoundTrip): Promise<void> {
  const write = rpcsOf(context.targets).find(({ path }) => path.endsWith(`/${trip.write}`));
  if (!write) throw new Error(`no rpc ${trip.write}`);
  // Nobody else writes to it.
  const fresh: Values = trip.by === 'sku' ? { sku: `CONTRACT-${randomUUID()}` } : {};
  const request = await acceptable(context, write, fresh);
  const answer = await answerTo(context, write, request);
  const asked = reflect(write.method.input, request);
  const written = trip.from === '' ? asked : (fieldValue(answer, trip.from) as ReflectMessage);
  const id = fieldValue(trip.write === 'PlaceOrder' ? answer : asked, trip.by);
  const seen = fieldValue(
    await answerTo(context, read, await acceptable(context, read, { [trip.by]: id })),
    trip.to,
  ) as ReflectMessage;
  for (const field of written.fields) {
    const same = seen.fields.find((each) => each.name === field.name);
    if (!same || same.scalar !== field.scalar || same.message?.typeName !== field.message?.typeName) continue;
    if (!written.isSet(field) || encoded(written, field) === encoded(seen, same)) continue;
    throw new Violation(
      `${trip.to}.${field.name} as ${trip.write} has it`,
      messageText(context.image, seen.desc, seen.message),
      messageText(context.image, write.method.input, request),
    );
  }
}

/** The answer to a request that is to be accepted; of a stream, its first. */
export async function answerTo(
  context: Context,
  rpc: Rpc,
  message: Awaited<ReturnType<typeof acceptable>>,
): Promise<ReflectMessage> {
  const outcome = await expectMessage(context, rpc, message, { kind: 'accepted', codes: ['OK'] });
  return reflect(rpc.method.output, fromBinary(rpc.method.output, outcome.answers[0] ?? new Uint8Array()));
}

/** One field's value, comparable. */
function encoded(message: ReflectMessage, field: DescField): string {
  const value: unknown = message.get(field);
  return field.fieldKind === 'list' ? [...(value as Iterable<unknown>)].map(text).join() : text(value);
}

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'desc' in value
    ? Buffer.from(toBinary((value as ReflectMessage).desc, (value as ReflectMessage).message)).toString('hex')
    : String(value);

/**
 * A watch tells an order's events as its history has them: each version once, in order, none left out; then it ends. Of an
 * order that has ended it tells the order as it is; of one that is under way, each event as it happens.
 */
import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Case, casesOn, Violation } from '../case.ts';
import { acceptable, type Context } from '../context.ts';
import type { Values } from '../generate/baseline.ts';
import { judge } from '../judge.ts';
import { requestText } from '../say.ts';
import { fieldValue } from '../status.ts';
import { type Rpc, rpcsOf } from '../targets.ts';
import { answerTo } from './reads.ts';

/** No order has so many events: a watch ends before. */
const ENOUGH = 10_000;
const OK = { kind: 'accepted', codes: ['OK'] } as const;

export function watchCases(context: Context, rpc: Rpc): readonly Case[] {
  if (rpc.method.name !== 'WatchOrder') return [];
  const made = casesOn('watches', rpc.title);
  return [
    made('ended', async () => {
      const { updates, text } = await watched(context, rpc, { after_version: 0 });
      const kinds = updates.map(kindOf).join(', ');
      if (kinds !== 'snapshot') throw new Violation('a snapshot, and the end', kinds || 'nothing', text);
    }),
    made('ended/after_1', () => followed(context, rpc, {})),
    made('under_way/after_1', async () => {
      const placing = rpcCalled(context, 'OrderService/PlaceOrder');
      const order = await answerTo(context, placing, await acceptable(context, placing));
      await followed(context, rpc, { order_id: fieldValue(order, 'order_id') });
    }),
  ];
}

/** All of a watch, up to its end. */
async function watched(context: Context, rpc: Rpc, values: Values) {
  const { input, output } = rpc.method;
  const request: Message = await acceptable(context, rpc, values);
  const bytes = toBinary(input, request);
  const text = requestText(context.image, input, bytes);
  const outcome = await rpc.target.wire.stream(rpc.path, bytes, ENOUGH);
  judge(context.image, rpc, outcome, OK, () => text);
  const updates = outcome.answers.map((answer) => reflect(output, fromBinary(output, answer)));
  return { updates, orderId: fieldValue(reflect(input, request), 'order_id'), text };
}

/** Throws Violation unless what is told after version 1 is the order's history after it. */
async function followed(context: Context, rpc: Rpc, values: Values): Promise<void> {
  const { updates, orderId, text } = await watched(context, rpc, { ...values, after_version: 1 });
  const history = rpcCalled(context, 'OrderService/GetOrderHistory');
  const asked = await acceptable(context, history, { order_id: orderId, page_size: 1_000, page_token: '' });
  const page = await answerTo(context, history, asked);
  const events = [...(fieldValue(page, 'events') as Iterable<ReflectMessage>)].slice(1).map(eventText);
  const told = updates.map((update) =>
    kindOf(update) === 'event' ? eventText(fieldValue(update, 'event') as ReflectMessage) : kindOf(update),
  );
  if (told.join('\n') !== events.join('\n')) throw new Violation(events.join(', '), told.join(', '), text);
}

function rpcCalled({ targets }: Context, name: string): Rpc {
  const rpc = rpcsOf(targets).find(({ path }) => path.endsWith(name));
  if (!rpc) throw new Error(`no rpc ${name}`);
  return rpc;
}

const kindOf = (update: ReflectMessage): string =>
  update.fields.find((field) => update.isSet(field))?.name ?? 'none';

/** Its version, type and bytes: events that look the same are the same. */
function eventText(event: ReflectMessage): string {
  const bytes = Buffer.from(toBinary(event.desc, event.message)).toString('base64url');
  return `${fieldValue(event, 'version')} ${fieldValue(event, 'type')} (${bytes})`;
}

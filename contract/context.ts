/** What the suites work with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, toBinary } from '@bufbuild/protobuf';
import type { Random } from '../simulator/random.ts';
import type { Outcome } from './call.ts';
import { baseline, type Values } from './generate/baseline.ts';
import type { Image } from './image.ts';
import { type Expectation, judge, type Oracle } from './judge.ts';
import { requestText } from './say.ts';
import { commonValues, type States } from './states.ts';
import { detailsOf } from './status.ts';
import type { Rpc, Targets } from './targets.ts';

export interface Context {
  readonly image: Image;
  readonly targets: Targets;
  readonly states: States;
  readonly oracle: Oracle;
  /** A source of chance of its own for each rpc: what one rpc is asked depends on no other. */
  readonly randomFor: (subject: string) => Random;
  /** Random requests for each rpc. */
  readonly randomCases: number;
}

/** A request that is to be accepted. */
export async function acceptable({ states }: Context, rpc: Rpc, values: Values = {}): Promise<Message> {
  return baseline(rpc.method.input, { ...(await states.valuesFor(rpc)), ...values });
}

/** A request that passes the rules, for cases that are refused before anything is looked up. */
export const plausible = ({ method }: Rpc): Message => baseline(method.input, commonValues());

const MAX_TRIES = 10;
const MAX_WAIT_MS = 2_000;

/** What answers that it is busy, and when to come again, is asked again. */
export async function send(
  { image }: Context,
  { target, method, path }: Rpc,
  bytes: Uint8Array,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await (method.methodKind === 'server_streaming'
      ? target.wire.stream(path, bytes, 1)
      : target.wire.call(path, bytes));
    const isBusy = outcome.code === 'UNAVAILABLE' || outcome.code === 'RESOURCE_EXHAUSTED';
    const waitMs = isBusy ? detailsOf(image, outcome)?.retryAfterMs : undefined;
    if (waitMs === undefined || attempt >= MAX_TRIES) return outcome;
    await sleep(Math.min(waitMs, MAX_WAIT_MS));
  }
}

/** Sends bytes and judges the outcome. Throws Violation, NotOffered. */
export async function expectBytes(
  context: Context,
  rpc: Rpc,
  bytes: Uint8Array,
  expectation: Expectation,
): Promise<Outcome> {
  const { image } = context;
  const outcome = await send(context, rpc, bytes);
  judge(image, rpc, outcome, expectation, () => requestText(image, rpc.method.input, bytes));
  return outcome;
}

export const expectMessage = (
  context: Context,
  rpc: Rpc,
  message: Message,
  expectation: Expectation,
): Promise<Outcome> => expectBytes(context, rpc, toBinary(rpc.method.input, message), expectation);

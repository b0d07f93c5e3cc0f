/** What a repeat may be answered. */
import { toBinary } from '@bufbuild/protobuf';
import type { Outcome } from '../call.ts';
import { NotOffered, Violation } from '../case.ts';
import { type Context, send } from '../context.ts';
import { describeOutcome, requestText } from '../say.ts';
import { acceptedCode } from '../states.ts';
import { detailsOf } from '../status.ts';
import type { Rpc } from '../targets.ts';

const AT_ONCE = 20;

/** Throws Violation unless two answers are the same, byte for byte. */
export function assertSame(
  { image }: Context,
  { method }: Rpc,
  one: Outcome,
  two: Outcome,
  request: Uint8Array,
): void {
  const same =
    one.code === two.code &&
    one.message === two.message &&
    sameBytes(one.details, two.details) &&
    sameBytes(one.answers[0], two.answers[0]);
  if (same) return;
  const shown = (outcome: Outcome) =>
    outcome.answers[0]
      ? requestText(image, method.output, outcome.answers[0])
      : describeOutcome(image, outcome);
  const expected = `the same answer, byte for byte: ${shown(one)}`;
  throw new Violation(expected, shown(two), requestText(image, method.input, request));
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  Buffer.compare(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)) === 0;

/** The same request, many times at once. Throws Violation, NotOffered. */
export async function assertOneAnswer(
  context: Context,
  rpc: Rpc,
  message: Parameters<typeof toBinary>[1],
): Promise<void> {
  const { image } = context;
  const { input } = rpc.method;
  const bytes = toBinary(input, message);
  const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => send(context, rpc, bytes)));
  const [one, ...others] = outcomes;
  if (!one || one.code === 'UNIMPLEMENTED') throw new NotOffered();
  if (one.code !== acceptedCode(rpc)) {
    throw new Violation(acceptedCode(rpc), describeOutcome(image, one), requestText(image, input, bytes));
  }
  for (const each of others) assertSame(context, rpc, one, each, bytes);
}

/** The request_id of another request. Throws Violation unless it is refused as that. */
export async function assertReused(context: Context, rpc: Rpc, bytes: Uint8Array): Promise<void> {
  const { image } = context;
  const outcome = await send(context, rpc, bytes);
  const details = detailsOf(image, outcome);
  const isNamed = details?.reason === 'REQUEST_ID_REUSED' && details.fields.join() === 'request_id';
  if (outcome.code === 'INVALID_ARGUMENT' && isNamed) return;
  throw new Violation(
    'INVALID_ARGUMENT, reason REQUEST_ID_REUSED, naming request_id',
    describeOutcome(image, outcome),
    requestText(image, rpc.method.input, bytes),
  );
}

/**
 * A call whose deadline has passed when it arrives is answered DEADLINE_EXCEEDED; of a command nothing is half done: the
 * repeat under the same request_id is accepted, and gets one answer from then on.
 */
import { toBinary } from '@bufbuild/protobuf';
import { type Case, casesOn, Violation } from '../case.ts';
import { acceptable, type Context, expectBytes } from '../context.ts';
import { describeOutcome, requestText } from '../say.ts';
import { acceptedCode } from '../states.ts';
import type { Rpc } from '../targets.ts';
import { isCommand } from './idempotency.ts';

const OVER = '1n';

export function deadlineCases(context: Context, rpc: Rpc): readonly Case[] {
  const { input, methodKind } = rpc.method;
  const { wire } = rpc.target;
  const overdue = async () => {
    const bytes = toBinary(input, await acceptable(context, rpc));
    const options = { grpcTimeout: OVER };
    const outcome = await (methodKind === 'unary'
      ? wire.call(rpc.path, bytes, options)
      : wire.stream(rpc.path, bytes, 1, options));
    if (outcome.code === 'DEADLINE_EXCEEDED') return bytes;
    throw new Violation(
      `DEADLINE_EXCEEDED for grpc-timeout: ${OVER}`,
      describeOutcome(context.image, outcome),
      requestText(context.image, input, bytes),
    );
  };
  const made = casesOn('deadlines', rpc.title);
  const expired = made('expired', async () => void (await overdue()));
  if (!isCommand(rpc)) return [expired];
  const repeated = made('expired/repeat', async () => {
    const bytes = await overdue();
    const ok = { kind: 'accepted', codes: [acceptedCode(rpc)] } as const;
    const first = await expectBytes(context, rpc, bytes, ok);
    const second = await expectBytes(context, rpc, bytes, ok);
    const [one, two] = [first, second].map(({ answers }) => Buffer.from(answers[0] ?? []));
    if (one && two && one.equals(two)) return;
    throw new Violation(
      'one answer after the deadline, byte for byte',
      'two that differ',
      requestText(context.image, input, bytes),
    );
  });
  return [expired, repeated];
}

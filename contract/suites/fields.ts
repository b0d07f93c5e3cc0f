/**
 * Each field of each request at, just inside and just outside each of its rules, one at a time. What the rules refuse must
 * be refused for that field alone; what they let pass must be accepted.
 */
import type { Message } from '@bufbuild/protobuf';
import type { Case } from '../case.ts';
import { acceptable, type Context, expectMessage, plausible } from '../context.ts';
import { expectationFor } from '../expect.ts';
import { candidatesFor } from '../generate/candidates.ts';
import { change, placesOf } from '../generate/places.ts';
import { checkEcho } from '../laws/echo.ts';
import { acceptedCode } from '../states.ts';
import type { Rpc } from '../targets.ts';

export function fieldCases(context: Context, rpc: Rpc): readonly Case[] {
  const type = rpc.method.input;
  const cases = placesOf(type).flatMap((place) =>
    candidatesFor(place).map(
      (candidate): Case => ({
        suite: 'fields',
        subject: rpc.title,
        name: `${place.path}/${candidate.name}`,
        async run() {
          const edited = (message: Message) => change(type, message, place, candidate.edit);
          const tried = edited(plausible(rpc));
          const isRefused = expectationFor(context, rpc, place, candidate, tried).kind === 'refused';
          const message = isRefused ? tried : edited(await acceptable(context, rpc));
          await checked(context, rpc, message, expectationFor(context, rpc, place, candidate, message));
        },
      }),
    ),
  );
  return [acceptedCase(context, rpc), ...cases];
}

const acceptedCase = (context: Context, rpc: Rpc): Case => ({
  suite: 'fields',
  subject: rpc.title,
  name: 'as_it_should_be',
  async run() {
    const message = await acceptable(context, rpc);
    await checked(context, rpc, message, { kind: 'accepted', codes: [acceptedCode(rpc)] });
  },
});

async function checked(
  context: Context,
  rpc: Rpc,
  message: Message,
  expectation: Parameters<typeof expectMessage>[3],
): Promise<void> {
  const outcome = await expectMessage(context, rpc, message, expectation);
  const [answer] = outcome.answers;
  if (outcome.code === 'OK' && answer) checkEcho(context.image, rpc.method, message, answer);
}

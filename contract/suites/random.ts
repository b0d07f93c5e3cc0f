/**
 * Requests at random, several fields at once: each field is left out, or gets one of the values of generate/, valid or not.
 * The rules say what must follow. A seed gives the same requests again.
 */
import { type Message, toBinary } from '@bufbuild/protobuf';
import type { Random } from '../../simulator/random.ts';
import type { Case } from '../case.ts';
import { acceptable, type Context, expectBytes, plausible } from '../context.ts';
import { accepted } from '../expect.ts';
import type { Candidate } from '../generate/candidate.ts';
import { candidatesFor } from '../generate/candidates.ts';
import { change, type Place, placesOf } from '../generate/places.ts';
import type { Expectation } from '../judge.ts';
import type { Rpc } from '../targets.ts';

type Change = readonly [Place, Candidate];

/** How many fields of a request are changed at most. */
const MAX_CHANGES = 4;
/** What some of these choices ask of other fields no annotation tells. */
const CHOICES = ['resolution', 'sort'];
/** Times and amounts are tried one at a time: what is wrong with them is not always told with what else is. */
const ALONE = ['google.protobuf.Timestamp', 'google.type.Money'];

export function randomCases(context: Context, rpc: Rpc): readonly Case[] {
  const random = context.randomFor(rpc.title);
  const places = placesOf(rpc.method.input).filter(
    ({ field }) => !ALONE.includes(field.message?.typeName ?? '') && !CHOICES.includes(field.name),
  );
  const tried = places.map((place): [Place, readonly Candidate[]] => [place, candidatesFor(place)]);
  const usable = tried.filter(([, candidates]) => candidates.length > 0);
  if (usable.length === 0) return [];
  return Array.from({ length: context.randomCases }, (_, index): Case => {
    const changes = pick(random, usable);
    return {
      suite: 'random',
      subject: rpc.title,
      name: `${index + 1}: ${changes.map(([{ path }, { name }]) => `${path}/${name}`).join(', ')}`,
      run: () => tryAll(context, rpc, changes),
    };
  });
}

function pick(random: Random, usable: readonly [Place, readonly Candidate[]][]): readonly Change[] {
  const count = 1 + Math.floor(random() * Math.min(MAX_CHANGES, usable.length));
  const rest = [...usable];
  const changes = Array.from({ length: count }, (): Change | undefined => {
    const [taken] = rest.splice(Math.floor(random() * rest.length), 1);
    const candidate = taken?.[1][Math.floor(random() * taken[1].length)];
    return taken && candidate && [taken[0], candidate];
  });
  // Outer places first: a list that is emptied is entered again by what is changed in it.
  return changes.filter((each) => each !== undefined).sort(([a], [b]) => a.path.length - b.path.length);
}

async function tryAll(context: Context, rpc: Rpc, changes: readonly Change[]): Promise<void> {
  const type = rpc.method.input;
  const applied = (message: Message) =>
    changes.reduce((edited, [place, { edit }]) => change(type, edited, place, edit), message);
  let message = applied(plausible(rpc));
  const isRefused = context.oracle(type, message).length > 0;
  if (!isRefused) message = applied(await acceptable(context, rpc));
  const fields = context.oracle(type, message);
  const expectation: Expectation =
    fields.length > 0
      ? { kind: 'refused', fields }
      : {
          kind: 'anyOf',
          expectations: changes.map(([place]) => accepted(rpc, place)),
        };
  await expectBytes(context, rpc, toBinary(type, message), expectation);
}

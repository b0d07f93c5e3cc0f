/** grpc.health.v1.Health, by the name of each service and for the whole address: Check, Watch, and what is not known. */
import { randomUUID } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { Outcome } from '../call.ts';
import { type Case, casesOn, NotOffered, Violation } from '../case.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../image.ts';
import { describeOutcome } from '../say.ts';
import { fieldValue } from '../status.ts';
import type { Target } from '../targets.ts';

const SERVICE = 'grpc.health.v1.Health';

export function healthCases(context: Context, target: Target): readonly Case[] {
  const names = ['', ...target.services.map(({ typeName }) => typeName)];
  const made = casesOn('health', `${target.name}: ${SERVICE}`);
  const stranger = `orderlog.none.v1.None${randomUUID()}`;
  return [
    ...names.flatMap((name) => [
      made(`check/${name || 'all'}`, async () =>
        serves(context, 'SERVING', await check(context, target, name)),
      ),
      made(`watch/${name || 'all'}`, async () =>
        serves(context, 'SERVING', await watch(context, target, name)),
      ),
    ]),
    made('check/unknown', async () => {
      const outcome = await check(context, target, stranger);
      if (outcome.code !== 'NOT_FOUND') throw new Violation('NOT_FOUND', shown(context, outcome));
    }),
    made('watch/unknown', async () =>
      serves(context, 'SERVICE_UNKNOWN', await watch(context, target, stranger)),
    ),
  ];
}

const requestFor = ({ image }: Context, service: string): Uint8Array => {
  const type = messageOf(image, 'grpc.health.v1.HealthCheckRequest');
  return toBinary(type, create(type, { service } as never));
};

const check = (context: Context, { wire }: Target, service: string): Promise<Outcome> =>
  wire.call(`/${SERVICE}/Check`, requestFor(context, service));

const watch = (context: Context, { wire }: Target, service: string): Promise<Outcome> =>
  wire.stream(`/${SERVICE}/Watch`, requestFor(context, service), 1);

function serves(context: Context, wanted: string, outcome: Outcome): void {
  const said = shown(context, outcome);
  if (outcome.code === 'UNIMPLEMENTED') throw new NotOffered();
  if (said !== wanted) throw new Violation(wanted, said);
}

function shown({ image }: Context, outcome: Outcome): string {
  const [answer] = outcome.answers;
  if (!answer) return describeOutcome(image, outcome);
  const type = messageOf(image, 'grpc.health.v1.HealthCheckResponse');
  const status = Number(fieldValue(reflect(type, fromBinary(type, answer)), 'status'));
  const names = type.fields.find(({ name }) => name === 'status')?.enum?.values ?? [];
  return names.find(({ number }) => number === status)?.name ?? String(status);
}

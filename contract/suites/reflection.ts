/**
 * Reflection, v1 and v1alpha: it lists what the address offers, and every file that these services stand on is the
 * contract's own. Comments (source_code_info) may be left out, as most languages do. All is asked in one stream, in which a
 * file need not be sent twice but where it is asked for by name.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Outcome } from '../call.ts';
import { type Case, NotOffered, Violation } from '../case.ts';
import type { Context } from '../context.ts';
import { type Image, messageOf } from '../image.ts';
import { hasFile } from '../laws/files.ts';
import { describeOutcome } from '../say.ts';
import { fieldValue } from '../status.ts';
import type { Target } from '../targets.ts';

/** One question: a field of the request, by its name in code, and what must be answered. */
interface Question {
  readonly name: string;
  readonly field: string;
  readonly value: string;
  /** Throws Violation. */
  check(answer: ReflectMessage): void;
}

const VERSIONS = ['v1', 'v1alpha'];
const HEALTH = 'grpc.health.v1.Health';
const NOT_FOUND = 5;

export function reflectionCases({ image }: Context, target: Target): readonly Case[] {
  return VERSIONS.flatMap((version) => {
    const questions = questionsFor(image, target, version);
    let talk: Promise<Outcome> | undefined;
    return questions.map(
      ({ name, check }, index): Case => ({
        suite: 'reflection',
        subject: `${target.name}: grpc.reflection.${version}.ServerReflection`,
        name,
        async run() {
          talk ??= askAll(image, target, version, questions);
          check(answerOf(image, version, await talk, index));
        },
      }),
    );
  });
}

function askAll(
  image: Image,
  { wire }: Target,
  version: string,
  questions: readonly Question[],
): Promise<Outcome> {
  const type = messageOf(image, `grpc.reflection.${version}.ServerReflectionRequest`);
  const requests = questions.map(({ field, value }) =>
    toBinary(type, create(type, { messageRequest: { case: field, value } } as never)),
  );
  return wire.talk(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, requests);
}

function answerOf(image: Image, version: string, outcome: Outcome, index: number): ReflectMessage {
  const answer = outcome.answers[index];
  if (outcome.code === 'UNIMPLEMENTED') throw new NotOffered();
  if (!answer) throw new Violation('an answer', describeOutcome(image, outcome));
  const type = messageOf(image, `grpc.reflection.${version}.ServerReflectionResponse`);
  return reflect(type, fromBinary(type, answer));
}

function questionsFor(image: Image, target: Target, version: string): readonly Question[] {
  const symbol = (value: string, file: string): Question => ({
    name: `symbol/${value}`,
    field: 'fileContainingSymbol',
    value,
    check: (answer) => hasFile(image, answer, file),
  });
  const unknown = (name: string, field: string, value: string): Question => ({
    name,
    field,
    value,
    check: isNotFound,
  });
  return [
    {
      name: 'list_services',
      field: 'listServices',
      value: '',
      check: (answer) => lists(answer, target, version),
    },
    ...[...filesOf(image, target)].map((value) => ({
      name: `file/${value}`,
      field: 'fileByFilename',
      value,
      check: (answer: ReflectMessage) => hasFile(image, answer, value),
    })),
    ...target.services.flatMap(({ typeName, file, methods }) => [
      symbol(typeName, file.proto.name),
      ...methods.flatMap(({ name, input }) => [
        symbol(`${typeName}.${name}`, file.proto.name),
        symbol(input.typeName, input.file.proto.name),
      ]),
    ]),
    unknown('unknown_symbol', 'fileContainingSymbol', 'orderlog.none.v1.None'),
    unknown('unknown_file', 'fileByFilename', 'orderlog/none.proto'),
  ];
}

function lists(answer: ReflectMessage, target: Target, version: string): void {
  const services = fieldValue(fieldValue(answer, 'list_services_response') as ReflectMessage, 'service');
  const names = [...(services as Iterable<ReflectMessage>)].map((each) => String(fieldValue(each, 'name')));
  const own = [...target.services.map(({ typeName }) => typeName), HEALTH];
  const missing = [...own, `grpc.reflection.${version}.ServerReflection`].filter(
    (name) => !names.includes(name),
  );
  if (missing.length > 0) throw new Violation(`${missing.join(', ')} among the services`, names.join(', '));
}

/** The files of the services, and all that these import. */
function filesOf(image: Image, { services }: Target): ReadonlySet<string> {
  const names = new Set(services.map(({ file }) => file.proto.name));
  for (const name of names)
    for (const imported of image.files.get(name)?.dependency ?? []) names.add(imported);
  return names;
}

function isNotFound(answer: ReflectMessage): void {
  const error = fieldValue(answer, 'error_response') as ReflectMessage;
  const code = Number(fieldValue(error, 'error_code'));
  if (code !== NOT_FOUND) throw new Violation('error_response NOT_FOUND', `error_code ${code}`);
}

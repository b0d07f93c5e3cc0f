/** `orderlog stream`: how much of the log's streams there is room for. Exit code: 0 done, 1 failed, 2 wrong usage. */
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { sizeText } from '../doctor/judge/limits.ts';
import { recoverable } from '../recover/services.ts';
import { type GrowFlags, type Grown, growStream } from '../stream/grow.ts';
import { withExamples } from './examples.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const bytes = (text: string): number => {
  const [, digits = '', unit = ''] = /^(\d+)([MGT]iB)?$/.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit] ?? 0);
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('give bytes, such as 17179869184 or 16GiB');
};

const HELP = `
Streams are history: nothing in them is ever deleted, and one that is full refuses what is committed, until there is room. Raises
the bound and changes nothing else; a bound is never lowered. Services may run meanwhile, and go on by themselves. Set
ORDERLOG_STREAM_MAX_BYTES likewise: by it the stream is made where it is made again.

The bounds of all streams together must fit into max_file_store of nats-server, and that onto its disk. Without --nats it works on
the local system that \`npm start\` runs. Elsewhere it needs NATS's operator: a service's own user may not change its stream.`;

export function addStreamCommand(program: Command): void {
  const stream = withExamples(
    program.command('stream').description('Make room in the streams of the log'),
    'stream grow order --max-bytes 16GiB',
  );
  const command = stream
    .command('grow')
    .description('Raise the bound at which a stream is full')
    .addArgument(new Argument('<service>', 'whose stream').choices(recoverable.map(({ name }) => name)))
    .requiredOption('--max-bytes <bytes>', 'the new bound, such as 16GiB', bytes)
    .option('--nats <url>', "the log, as NATS's operator")
    .option('--json', 'as one line of JSON')
    .addHelpText('after', HELP);
  withExamples(
    command,
    'stream grow order --max-bytes 16GiB',
    'stream grow order --max-bytes 16GiB --nats nats://operator:<password>@nats:4222',
  ).action(run);
}

async function run(name: string, { json, ...flags }: GrowFlags & { readonly json?: true }): Promise<void> {
  const service = recoverable.find((each) => each.name === name);
  if (!service) throw new Error(`there is no service ${name}`);
  const grown = await growStream(service, flags, process.env);
  process.stdout.write(json ? `${JSON.stringify({ service: name, ...grown })}\n` : `${textOf(grown)}\n`);
}

function textOf({ stream, before, after }: Grown): string {
  if (before <= 0) return `${stream}: it has no bound`;
  if (before === after) return `${stream}: its bound is ${sizeText(after)} already`;
  return `${stream}: its bound was ${sizeText(before)}, and is ${sizeText(after)}`;
}

/** `orderlog events`: the log itself, decoded. */
import { once } from 'node:events';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { OrderlogError } from '../../platform/errors.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import { complain } from '../complain.ts';
import { entryJson } from '../events/entry.ts';
import type { Point } from '../events/point.ts';
import { tail } from '../events/tail.ts';
import { entryText } from '../events/text.ts';
import { localSystem } from '../localSystem.ts';
import { storeTls } from '../ownTls.ts';
import { onInterrupt } from '../start/interrupts.ts';
import { givenUrl, NATS } from '../storeUrls.ts';
import { eventType, time, wholeNumber } from './arguments.ts';
import { withExamples } from './examples.ts';

const STREAMS = { orders: ORDERS.name, catalog: CATALOG.name, payments: PAYMENTS.name } as const;
type Stream = keyof typeof STREAMS;

interface TailFlags {
  readonly stream?: readonly Stream[];
  readonly from?: Point;
  readonly last: number;
  readonly order?: string;
  readonly customer?: string;
  readonly type?: readonly string[];
  readonly follow?: boolean;
  readonly limit?: number;
  readonly personal?: true;
  readonly json?: true;
  readonly nats?: string;
}

const CONNECT_WITHIN_MS = 10_000;

const point = (text: string): Point => {
  if (text === 'beginning' || text === 'end') return { kind: text };
  if (/^[1-9]\d{0,14}$/.test(text)) return { kind: 'sequence', sequence: Number(text) };
  try {
    return { kind: 'time', time: time(text) };
  } catch {
    const say =
      'give beginning, end, a sequence such as 42, or a time with its zone, such as 2026-01-02T03:04:05Z';
    throw new InvalidArgumentError(say);
  }
};

const eventTypes = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  eventType(text),
];

export function addEventsCommand(program: Command): void {
  const events = withExamples(
    program.command('events').description('Read the log, event by event'),
    'events tail --follow',
  );
  const command = events
    .command('tail')
    .description(
      'Print events of the log, decoded, oldest first, without sealed payment tokens and personal data',
    )
    .addOption(
      new Option('--stream <stream...>', 'only of these (default: all, merged by time)').choices(
        Object.keys(STREAMS),
      ),
    )
    .option('--from <point>', 'begin at: beginning, end, a sequence (of one --stream), or a time', point)
    .addOption(
      new Option('--last <events>', 'begin so many before the end of each stream')
        .argParser(wholeNumber)
        .default(20)
        .conflicts('from'),
    )
    .option('--order <id>', 'only events about this order, of all services')
    .option('--customer <id>', 'only events about orders of this customer')
    .option('--type <event...>', 'only of these types, such as OrderCreated', eventTypes)
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--limit <events>', 'end after so many', wholeNumber)
    .option('--json', 'a line of JSON for each, payload decoded')
    .option('--personal', 'with what is about persons: customers, and what people wrote')
    .option('--nats <url>', 'the log (default: of the local system)');
  withExamples(
    command,
    'events tail --follow',
    'events tail --order <order id> --from beginning --json',
    'events tail --stream orders --from 1000 --limit 50',
    'events tail --from 2026-01-02T03:04:05Z --type PaymentFailed OrderCancelled',
  ).action(run);
}

async function run(flags: TailFlags, command: Command): Promise<void> {
  const streams = [...new Set(flags.stream ?? (Object.keys(STREAMS) as Stream[]))];
  if (flags.from?.kind === 'sequence' && streams.length !== 1) {
    command.error('error: a sequence is of one stream: give --stream with it');
  }
  const stopping = new AbortController();
  const ignore = onInterrupt(
    () => stopping.abort(),
    () => process.exit(1),
  );
  const log = await connect(givenUrl(NATS, flags.nats, process.env) ?? localSystem(process.env).nats);
  try {
    await print(log, flags, streams, stopping.signal);
  } finally {
    ignore();
    await log.close();
  }
}

async function print(
  log: LogConnection,
  {
    from,
    last,
    order,
    customer,
    type,
    personal,
    follow = false,
    limit = Number.POSITIVE_INFINITY,
    json,
  }: TailFlags,
  streams: readonly Stream[],
  signal: AbortSignal,
): Promise<void> {
  let printed = 0;
  const since = from?.kind === 'time' ? from.time : undefined;
  const entries = tail(log, {
    streams: streams.map((stream) => STREAMS[stream]),
    from: from ?? { kind: 'last', count: last },
    filter: { order: order?.toLowerCase(), customer, types: type, since },
    viewer: personal ? 'reader' : 'operator',
    follow,
    signal,
    onTrouble: (text) => complain(`orderlog: ${text}\n`),
  });
  for await (const entry of entries) {
    const line = json ? JSON.stringify(entryJson(entry)) : entryText(entry);
    // Who reads slowly is waited for, so that nothing piles up here.
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    printed += 1;
    if (printed >= limit) return;
  }
}

async function connect(url: string): Promise<LogConnection> {
  const { nats: tls } = storeTls(process.env);
  const logger = pino({ level: 'silent' });
  try {
    const signal = AbortSignal.timeout(CONNECT_WITHIN_MS);
    return await connectLog({ url, tls, name: 'orderlog events', logger, signal });
  } catch (error) {
    const message = `NATS does not answer within ${CONNECT_WITHIN_MS / 1_000} s`;
    throw new OrderlogError('UNAVAILABLE', 'NOT_CONNECTED', message, { cause: error });
  }
}

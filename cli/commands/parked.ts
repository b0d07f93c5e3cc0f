/** `orderlog parked`: events that a service could not handle, and those that wait behind them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DiscardOptions, discard } from '../parked/discard.ts';
import { type ListOptions, list } from '../parked/list.ts';
import { replayAggregate, replayMany, replayOne } from '../parked/replay.ts';
import { SERVICES, type ServiceName, withServices } from '../parked/services.ts';
import { show } from '../parked/show.ts';
import { operatorOf, operatorOption, type Unsigned } from '../token/operator.ts';
import { eventType } from './arguments.ts';
import { withExamples } from './examples.ts';

interface OfService {
  readonly service?: ServiceName;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_LISTED = 100_000;

const parkedId = (text: string): string => {
  if (!UUID.test(text))
    throw new InvalidArgumentError('give a parked id, as `orderlog parked list` shows it');
  return text.toLowerCase();
};

const limit = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_LISTED) return value;
  throw new InvalidArgumentError(`give a whole number from 1 to ${MAX_LISTED}`);
};

const serviceOption = () => new Option('--service <name>', 'only this service').choices([...SERVICES]);

const exitWith = (code: number): void => {
  process.exitCode = code;
};

export function addParkedCommand(program: Command): void {
  const parked = withExamples(
    program.command('parked').description('See, replay and discard events that a service could not handle'),
    'parked list',
    'parked replay --all',
  );
  addList(parked);
  addShow(parked);
  addReplay(parked);
  addDiscard(parked);
}

function addList(parked: Command): void {
  const command = parked
    .command('list')
    .description('What is parked, in all services')
    .addOption(serviceOption())
    .option('--consumer <name>', 'only of this consumer')
    .option('--aggregate <id>', 'only of this aggregate')
    .option('--type <event>', 'only of this type, such as OrderCreated', eventType)
    .option('--limit <events>', 'how many to show', limit, 100)
    .option('--json', 'as JSON, with payloads');
  withExamples(command, 'parked list', 'parked list --service order --type PaymentProcessed --json').action(
    (options: ListOptions & OfService) =>
      withServices(options.service, async (services) => exitWith(await list(services, options))),
  );
}

function addShow(parked: Command): void {
  const command = parked
    .command('show')
    .description('One parked event: its headers, payload and error, and what waits behind it')
    .argument('<parked-id>', 'as `orderlog parked list` shows it', parkedId)
    .addOption(serviceOption())
    .option('--json', 'as JSON');
  withExamples(command, 'parked show <parked-id>').action(
    (id: string, options: OfService & { json?: boolean }) =>
      withServices(options.service, (services) => show(services, id, options)),
  );
}

interface ReplayOptions extends OfService {
  readonly aggregate?: string;
  readonly type?: string;
  readonly all?: boolean;
  readonly canary: boolean;
  readonly json?: boolean;
}

function addReplay(parked: Command): void {
  const command = parked
    .command('replay')
    .description('Handle parked events again, each aggregate in order, up to the first that fails')
    .argument('[parked-id]', 'one event, the first of its aggregate', parkedId)
    .option('--aggregate <id>', 'all of an aggregate')
    .option('--type <event>', 'all aggregates whose first parked event is of this type', eventType)
    .option('--all', 'all there are')
    .option('--no-canary', 'do not stop where the first aggregate of --type or --all fails again')
    .addOption(serviceOption())
    .option('--json', 'a line of JSON with the counts');
  withExamples(
    command,
    'parked replay <parked-id>          # after a fix: one, as a canary',
    'parked replay --type OrderCreated  # then all of its kind',
    'parked replay --all',
  ).action((id: string | undefined, options: ReplayOptions) => {
    const { service, aggregate, type, all, canary, json = false } = options;
    const chosen = [id, aggregate, type, all].filter((each) => each !== undefined);
    if (chosen.length !== 1) command.error('error: give one of <parked-id>, --aggregate, --type and --all');
    return withServices(service, async (services) => {
      if (id !== undefined) return exitWith(await replayOne(services, id, json));
      if (aggregate !== undefined) return exitWith(await replayAggregate(services, aggregate, json));
      exitWith(await replayMany(services, { ...(type !== undefined && { type }), canary, json }));
    });
  });
}

function addDiscard(parked: Command): void {
  const command = parked
    .command('discard')
    .description('Give a parked event up for ever; pivots, compensations and ends of a saga are refused')
    .argument('<parked-id>', 'the first of its aggregate', parkedId)
    .requiredOption('--reason <text>', 'why, in 1 to 500 characters: it is kept for ever')
    .addOption(operatorOption())
    .addOption(serviceOption())
    .option('--json', 'as JSON');
  withExamples(command, 'parked discard <parked-id> --reason "a test event of ours" --operator ada').action(
    (id: string, { service, ...options }: OfService & Unsigned<DiscardOptions>) => {
      const operator = operatorOf(options.operator, command);
      return withServices(service, async (services) =>
        exitWith(await discard(services, id, { ...options, operator })),
      );
    },
  );
}

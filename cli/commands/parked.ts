/** `orderlog parked`: events that a service could not handle, and those that wait behind them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { shortName } from '../../platform/events.ts';
import { descriptors } from '../../platform/grpc/descriptors.ts';
import { nearestName } from '../../platform/nearestName.ts';
import { discard } from '../parked/discard.ts';
import { type ListOptions, list } from '../parked/list.ts';
import { replayAggregate, replayMany, replayOne } from '../parked/replay.ts';
import { SERVICES, type ServiceName, withServices } from '../parked/services.ts';
import { show } from '../parked/show.ts';

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

/** A full name as it is, a short one as the contract has it. */
const eventType = (text: string): string => {
  if (text.includes('.')) return text;
  const files = [...descriptors().registry.files].filter(({ name }) => name.endsWith('/events'));
  const types = files.flatMap(({ messages }) => messages.map(({ typeName }) => typeName));
  const full = types.find((type) => shortName(type) === text);
  if (full) return full;
  const near = nearestName(text, types.map(shortName));
  throw new InvalidArgumentError(near ? `no such event: did you mean ${near}?` : 'no such event');
};

const serviceOption = () => new Option('--service <name>', 'only this service').choices([...SERVICES]);

const exitWith = (code: number): void => {
  process.exitCode = code;
};

export function addParkedCommand(program: Command): void {
  const parked = program
    .command('parked')
    .description('See, replay and discard events that a service could not handle');
  addList(parked);
  addShow(parked);
  addReplay(parked);
  addDiscard(parked);
}

function addList(parked: Command): void {
  parked
    .command('list')
    .description('What is parked, in all services')
    .addOption(serviceOption())
    .option('--consumer <name>', 'only of this consumer')
    .option('--aggregate <id>', 'only of this aggregate')
    .option('--type <event>', 'only of this type, such as OrderCreated', eventType)
    .option('--limit <events>', 'how many to show', limit, 100)
    .option('--json', 'as JSON, with payloads')
    .action((options: ListOptions & OfService) =>
      withServices(options.service, async (services) => exitWith(await list(services, options))),
    );
}

function addShow(parked: Command): void {
  parked
    .command('show')
    .description('One parked event: its headers, payload and error, and what waits behind it')
    .argument('<parked-id>', 'as `orderlog parked list` shows it', parkedId)
    .addOption(serviceOption())
    .option('--json', 'as JSON')
    .action((id: string, options: OfService & { json?: boolean }) =>
      withServices(options.service, (services) => show(services, id, options)),
    );
}

interface ReplayOptions extends OfService {
  readonly aggregate?: string;
  readonly type?: string;
  readonly all?: boolean;
  readonly canary: boolean;
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
    .addHelpText(
      'after',
      '\nAfter a fix:\n  orderlog parked replay <parked-id>        one, as a canary\n  orderlog parked replay --type OrderCreated  then all of its kind',
    );
  command.action((id: string | undefined, options: ReplayOptions) => {
    const { service, aggregate, type, all, canary } = options;
    const chosen = [id, aggregate, type, all].filter((each) => each !== undefined);
    if (chosen.length !== 1) command.error('error: give one of <parked-id>, --aggregate, --type and --all');
    return withServices(service, async (services) => {
      if (id !== undefined) return exitWith(await replayOne(services, id));
      if (aggregate !== undefined) return exitWith(await replayAggregate(services, aggregate));
      exitWith(await replayMany(services, { ...(type !== undefined && { type }), canary }));
    });
  });
}

function addDiscard(parked: Command): void {
  parked
    .command('discard')
    .description('Give a parked event up for ever; pivots, compensations and ends of a saga are refused')
    .argument('<parked-id>', 'the first of its aggregate', parkedId)
    .requiredOption('--reason <text>', 'why, in 1 to 500 characters: it is kept for ever')
    .requiredOption('--operator <id>', 'opaque id of who decides')
    .addOption(serviceOption())
    .action((id: string, options: OfService & { reason: string; operator: string }) =>
      withServices(options.service, async (services) => exitWith(await discard(services, id, options))),
    );
}

/** `orderlog dev`: harm done to the local system that `npm start` runs, to see what comes of it. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { killPart, PARTS, runningLayout } from '../dev/parts.ts';
import { cure, POISONABLE, type Poisonable, poison } from '../dev/poison.ts';
import { localSystem } from '../localSystem.ts';
import { wholeNumber } from './arguments.ts';
import { withExamples } from './examples.ts';

interface Json {
  readonly json?: true;
}

const customerId = (text: string): string => {
  if (/^[A-Za-z0-9_-]{4,64}$/.test(text)) return text;
  throw new InvalidArgumentError('give an opaque id of 4 to 64 letters, digits, _ and -');
};

const serviceArgument = () => new Argument('<service>', 'whose handling fails').choices(POISONABLE);

export function addDevCommand(program: Command): void {
  const dev = withExamples(
    program
      .command('dev')
      .description('Do harm to the local system that `npm start` runs, and see it recover; never to another'),
    'dev kill payment --down 20',
    'dev poison payment',
  );
  addKill(dev);
  addPoison(dev);
  addCure(dev);
}

function addKill(dev: Command): void {
  const command = dev
    .command('kill')
    .description('Kill a service or a server by SIGKILL; `npm start` starts it again')
    .addArgument(new Argument('<part>', 'which').choices(PARTS))
    .option('--down <seconds>', 'not before so many seconds', wholeNumber)
    .option('--json', 'as one line of JSON');
  withExamples(command, 'dev kill payment', 'dev kill payment --down 20').action(
    (part: string, { down = 0, json }: Json & { readonly down?: number }) => {
      const pid = killPart(runningLayout(process.env), part, down * 1_000);
      const when = down > 0 ? `in ${down} s` : 'at once';
      say(
        json,
        { part, pid, downSeconds: down },
        `killed ${part} (process ${pid}): it is started again ${when}`,
      );
    },
  );
}

function addPoison(dev: Command): void {
  const command = dev
    .command('poison')
    .description(
      "Have a service fail on one customer's orders, as a bad release would: their events are parked",
    )
    .addArgument(serviceArgument())
    .addOption(new Option('--customer <id>', 'whose orders').argParser(customerId).default('poison'))
    .option('--json', 'as one line of JSON');
  withExamples(command, 'dev poison payment', 'dev poison catalog --customer mallory').action(
    async (service: Poisonable, { customer, json }: Json & { readonly customer: string }) => {
      await poison(ownerUrl(service), customer);
      const text = `${service} fails on orders of ${customer} from now on, until: orderlog dev cure ${service}`;
      say(json, { service, customer }, text);
    },
  );
}

function addCure(dev: Command): void {
  const command = dev
    .command('cure')
    .description(
      'Take back what `dev poison` did, as a good release would; what is parked waits for a replay',
    )
    .addArgument(serviceArgument())
    .option('--json', 'as one line of JSON');
  withExamples(command, 'dev cure payment').action(async (service: Poisonable, { json }: Json) => {
    await cure(ownerUrl(service));
    say(
      json,
      { service },
      `${service} is well again; what is parked goes on with: orderlog parked replay --all`,
    );
  });
}

function ownerUrl(service: Poisonable): string {
  runningLayout(process.env);
  return localSystem(process.env).databases[service].migrationUrl;
}

const say = (json: true | undefined, facts: object, text: string): void =>
  void process.stdout.write(`${json ? JSON.stringify(facts) : text}\n`);

/**
 * `orderlog recover`: makes a service's database again from its log, or its log from its database.
 * Exit code: 0 nothing is left to do, or it was only looked; 1 failed; 2 wrong usage.
 */
import type { Command } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import { complain } from '../complain.ts';
import { startBar } from '../recover/bar.ts';
import { type OpenFlags, openService, reach } from '../recover/open.ts';
import { recoverService, type Screen, type Wish } from '../recover/recover.ts';
import { type RecoverableService, recoverable } from '../recover/services.ts';
import { withExamples } from './examples.ts';

interface Flags extends OpenFlags, Partial<Wish> {
  readonly all?: true;
  readonly json?: true;
}

const EXIT_FAILED = 1;
const NAMES = recoverable.map(({ name }) => name);

const HELP = `
Without --yes it looks and says what it would do, and changes nothing. Services may run meanwhile: while database and log
do not match, their gate keeps them closed, and they open by themselves when it is done. \`npm start\`, too, waits for that with
its servers up: run this in another terminal. Broken off, it goes on from there.

After restoring a backup run it in any case: calls to the provider that were begun since then are not known any more.

Without addresses it works on the local system that \`npm start\` runs (ORDERLOG_DATA_DIR and ORDERLOG_PORT_BASE as it was
given them). A database's URL may hold a password: set ORDERLOG_${'<SERVICE>'}_DATABASE_URL instead of --db.
ORDERLOG_STREAM_MAX_BYTES and ORDERLOG_STREAM_REPLICAS say how a stream is made again.`;

export function addRecoverCommand(program: Command): void {
  const command = program
    .command('recover')
    .description('Make a database again from its log, or a log from its database')
    .argument('[service]', `${NAMES.join(', ')}; all are looked at if none is named`)
    .option('--all', 'all services')
    .option('--republish', 'the log from the database; else the database from the log')
    .option('--yes', 'do it; without, only say what would be done')
    .option('--db <url>', "the service's database")
    .option('--nats <url>', 'the log')
    .option('--json', 'a line of JSON for each service')
    .addHelpText('after', HELP);
  withExamples(
    command,
    'recover                          # look at all services, change nothing',
    'recover order --yes              # an old backup of the database was restored, the log is ahead',
    'recover order --republish --yes  # the log lost messages, or the stream was deleted or recreated',
  ).action(run);
}

async function run(name: string | undefined, flags: Flags, command: Command): Promise<void> {
  const services = chosen(name, flags, command);
  const wish = { republish: flags.republish ?? false, yes: flags.yes ?? false };
  let isAnyLeft = false;
  for (const service of services) {
    const said: string[] = [];
    const tell = (outcome: { readonly isLeft?: boolean; readonly error?: string }) => {
      const line = JSON.stringify({ service: service.name, ...outcome, said });
      if (flags.json) process.stdout.write(`${line}\n`);
    };
    try {
      const isLeft = await recoverOne(service, flags, wish, screenOf(flags.json ? said : undefined));
      tell({ isLeft });
      isAnyLeft ||= isLeft;
    } catch (error) {
      // The others are worth a look all the same.
      if (services.length === 1 || !(error instanceof OrderlogError)) throw error;
      tell({ error: error.message });
      complain(`orderlog: ${error.message}\n`);
      process.exitCode = EXIT_FAILED;
    }
  }
  if (isAnyLeft && !flags.json) process.stdout.write('Nothing was changed: add --yes to do it.\n');
}

function chosen(
  name: string | undefined,
  { all, yes, db }: Flags,
  command: Command,
): readonly RecoverableService[] {
  const service = recoverable.find((candidate) => candidate.name === name);
  if (name !== undefined && !service) {
    command.error(`error: there is no service ${name}: give one of ${NAMES.join(', ')}`);
  }
  if (service && all) command.error('error: give a service or --all, not both');
  if (!service && !all && yes) command.error('error: --yes needs a service, or --all');
  if (!service && db !== undefined) command.error('error: --db needs the service whose database it is');
  return service ? [service] : recoverable;
}

async function recoverOne(
  service: RecoverableService,
  flags: Flags,
  wish: Wish,
  screen: Screen,
): Promise<boolean> {
  const log = await openService(service, flags, process.env);
  try {
    return await reach('PostgreSQL', () => recoverService(service, log, wish, screen));
  } finally {
    await log.close();
  }
}

/** `said`: where to keep what there is to say; unset: it is printed. */
const screenOf = (said: string[] | undefined): Screen => ({
  say: (text) => void (said ? said.push(text) : process.stdout.write(`${text}\n`)),
  bar: (what) => startBar(process.stderr, what),
});

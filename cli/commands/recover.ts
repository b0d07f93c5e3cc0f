/**
 * `orderlog recover`: makes a service's database again from its log, or its log from its database.
 * Exit code: 0 nothing is left to do, or it was only looked; 1 failed; 2 wrong usage.
 */
import type { Command } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import { startBar } from '../recover/bar.ts';
import { type OpenFlags, openService, reach } from '../recover/open.ts';
import { recoverService, type Screen, type Wish } from '../recover/recover.ts';
import { type RecoverableService, recoverable } from '../recover/services.ts';

interface Flags extends OpenFlags, Partial<Wish> {
  readonly all?: true;
}

const EXIT_FAILED = 1;
const NAMES = recoverable.map(({ name }) => name);

const HELP = `
Without --yes it looks and says what it would do, and changes nothing. Services may run meanwhile: while database and log
do not match, their gate keeps them closed, and they open by themselves when it is done. Broken off, it goes on from there.

  An old backup of the database was restored, the log is ahead:   orderlog recover order --yes
  The log lost messages, or the stream was deleted or recreated:  orderlog recover order --republish --yes

After restoring a backup run it in any case: calls to the provider that were begun since then are not known any more.

Without addresses it works on the local system that \`npm start\` runs (ORDERLOG_DATA_DIR and ORDERLOG_PORT_BASE as it was
given them). A database's URL may hold a password: set ORDERLOG_${'<SERVICE>'}_DATABASE_URL instead of --db.
ORDERLOG_STREAM_MAX_BYTES and ORDERLOG_STREAM_REPLICAS say how a stream is made again.`;

export function addRecoverCommand(program: Command): void {
  program
    .command('recover')
    .description('Make a database again from its log, or a log from its database')
    .argument('[service]', `${NAMES.join(', ')}; all are looked at if none is named`)
    .option('--all', 'all services')
    .option('--republish', 'the log from the database; else the database from the log')
    .option('--yes', 'do it; without, only say what would be done')
    .option('--db <url>', "the service's database")
    .option('--nats <url>', 'the log')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(name: string | undefined, flags: Flags, command: Command): Promise<void> {
  const services = chosen(name, flags, command);
  const wish = { republish: flags.republish ?? false, yes: flags.yes ?? false };
  let isLeft = false;
  for (const service of services) {
    try {
      isLeft = (await recoverOne(service, flags, wish)) || isLeft;
    } catch (error) {
      // The others are worth a look all the same.
      if (services.length === 1 || !(error instanceof OrderlogError)) throw error;
      process.stderr.write(`orderlog: ${error.message}\n`);
      process.exitCode = EXIT_FAILED;
    }
  }
  if (isLeft) process.stdout.write('Nothing was changed: add --yes to do it.\n');
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

async function recoverOne(service: RecoverableService, flags: Flags, wish: Wish): Promise<boolean> {
  const log = await openService(service, flags, process.env);
  try {
    return await reach('PostgreSQL', () => recoverService(service, log, wish, screen));
  } finally {
    await log.close();
  }
}

const screen: Screen = {
  say: (text) => void process.stdout.write(`${text}\n`),
  bar: (what) => startBar(process.stderr, what),
};

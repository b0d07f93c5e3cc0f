/** `orderlog migrate`: brings a database's schema up to this version. Exit code: 0 done, 1 failed, 2 wrong usage. */
import { Argument, type Command } from 'commander';
import { complain } from '../complain.ts';
import { migrateDatabase, NAMES, type Name } from '../migrate/migrate.ts';
import { withExamples } from './examples.ts';

interface Flags {
  readonly db?: string;
  readonly role?: string;
  readonly reader?: string;
  readonly json?: true;
}

const HELP = `
Applies what is missing, each file in a transaction of its own; what is there already stays as it is, so that it may be run at any
time, by several at once, and before the services of this version are started. While somebody uses a table for long it waits, and
says for whom; others wait for a file for three seconds at most. A service that is given no owner's URL
(ORDERLOG_MIGRATION_DATABASE_URL) waits for it. A database that cannot be reached yet is waited for, for a minute.

Without --db it works on the local system that \`npm start\` runs. A database's URL may hold a password: set
ORDERLOG_${'<DATABASE>'}_MIGRATION_DATABASE_URL instead of --db, and leave the password out of it if PGPASSWORD is set.`;

export function addMigrateCommand(program: Command): void {
  const command = program
    .command('migrate')
    .description("Bring a database's schema up to this version")
    .addArgument(new Argument('<database>', 'which').choices(NAMES))
    .option('--db <url>', 'the database, as its owner')
    .option(
      '--role <name>',
      'the role that the service runs as, which gets the grants (default: as the database)',
    )
    .option('--reader <name>', 'of analytics: the role that may only read (default: analytics_reader)')
    .option('--json', 'as one line of JSON')
    .addHelpText('after', HELP);
  withExamples(
    command,
    'migrate order',
    'migrate analytics --role analytics --reader analytics_reader',
  ).action(run);
}

async function run(name: Name, { json, ...flags }: Flags, command: Command): Promise<void> {
  if (flags.reader !== undefined && name !== 'analytics')
    command.error('error: --reader is for analytics only');
  const applied = await migrateDatabase(name, flags, process.env, (why) => complain(`${why}\n`));
  const text = applied.length > 0 ? `${name}: applied ${applied.join(', ')}` : `${name}: nothing was missing`;
  process.stdout.write(json ? `${JSON.stringify({ database: name, applied })}\n` : `${text}\n`);
}

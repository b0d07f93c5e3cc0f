/**
 * `orderlog rebuild`: makes a projection again from the first event of the log, beside the one that is read.
 * Exit code: 0 done; 1 failed, broken off, or the two differ: nothing was switched; 2 wrong usage.
 */
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { isConnectionError } from '../../platform/database.ts';
import { isElasticsearchDown } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { complain } from '../complain.ts';
import { differing } from '../rebuild/comparison.ts';
import { takeLease } from '../rebuild/lease.ts';
import { openRebuild, PROJECTIONS, type ProjectionName, type RebuildFlags } from '../rebuild/open.ts';
import type { Outcome, Screen } from '../rebuild/outcome.ts';
import { drop, rebuild, type Wish } from '../rebuild/rebuild.ts';
import { rollBack } from '../rebuild/rollBack.ts';
import type { Surroundings } from '../rebuild/steps.ts';
import { outcomeJson, outcomeText } from '../rebuild/text.ts';
import { startBar } from '../recover/bar.ts';
import { onInterrupt } from '../start/interrupts.ts';
import { withExamples } from './examples.ts';

interface Flags extends RebuildFlags, Partial<Wish> {
  readonly abort?: true;
  readonly rollback?: true;
  readonly dropOld?: true;
  readonly json?: true;
}

const EXIT_FAILED = 1;

const HELP = `
Reads go on throughout, from one generation or from the other, and no order that anybody has read is ever older afterwards:
the new generation is filled from the first event of the log to the last, compared with the old one document by document,
and then readers go over to it in one step. Broken off or killed, the next run goes on where it was. The live projection
has the right of way: a rebuild slows down while it falls behind. The old generation is kept until the next rebuild.

Without addresses it works on the local system that \`npm start\` runs (ORDERLOG_DATA_DIR and ORDERLOG_PORT_BASE as it was
given them). URLs may hold passwords: set ORDERLOG_NATS_URL, ORDERLOG_ELASTICSEARCH_URL and, for analytics, the owner's
ORDERLOG_ANALYTICS_MIGRATION_DATABASE_URL (as migrate has it) instead of the flags. ORDERLOG_ORDER_ADDRESS stands for --order.`;

const MAX_RATE = 10_000_000;

const rate = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_RATE) return value;
  throw new InvalidArgumentError(`give a whole number of events a second from 1 to ${MAX_RATE}`);
};

export function addRebuildCommand(program: Command): void {
  const command = program
    .command('rebuild')
    .description('Make a read model again from the log, while it is read')
    .addArgument(new Argument('<projection>', 'which one').choices(PROJECTIONS))
    .option('--fresh', 'begin anew, where an earlier run was broken off')
    .option('--dry-run', 'fill and compare, and do not switch')
    .option('--accept-differences', 'switch, whatever differs')
    .option('--max-rate <events>', 'at most so many events a second', rate)
    .option('--rollback', 'go back to the generation before, brought up to the log first')
    .option('--abort', 'remove what an unfinished run left')
    .option('--drop-old', 'remove the generation that is kept for going back')
    .option('--json', 'print one line of JSON')
    .option('--elasticsearch <url>', 'where orders are')
    .option('--analytics-db <url>', "where analytics are, as the database's owner")
    .option('--nats <url>', 'the log')
    .option('--order <address>', 'the Order service, for orders of which the log lacks events')
    .addHelpText('after', HELP);
  withExamples(
    command,
    'rebuild orders                       # after a new version has asked for it, or whenever in doubt',
    'rebuild orders --dry-run             # only fill and compare',
    'rebuild orders --max-rate 2000       # at most 2000 events a second',
    'rebuild orders --accept-differences  # the new version is meant to say something else',
    'rebuild orders --rollback            # back to the one before',
    'rebuild orders --drop-old            # there is no need to go back',
    'rebuild analytics                    # the same for the sums in PostgreSQL',
  ).action(run);
}

async function run(name: ProjectionName, flags: Flags, command: Command): Promise<void> {
  const verbs = [flags.rollback, flags.abort, flags.dropOld].filter(Boolean);
  const ofARebuild = [flags.fresh, flags.dryRun, flags.acceptDifferences];
  if (verbs.length > 1) command.error('error: give one of --rollback, --abort and --drop-old');
  if (verbs.length > 0 && ofARebuild.some(Boolean)) {
    command.error('error: --fresh, --dry-run and --accept-differences belong to a rebuild: leave them out');
  }
  const stopping = new AbortController();
  const ignore = onInterrupt(
    () => stopping.abort(brokenOff()),
    () => process.exit(EXIT_FAILED),
  );
  try {
    const outcome = await withOpen(name, flags, stopping.signal);
    process.stdout.write(flags.json ? outcomeJson(outcome) : outcomeText(outcome));
    process.exitCode = exitCodeOf(outcome);
  } catch (error) {
    if (isElasticsearchDown(error)) throw notConnected('Elasticsearch', error as Error);
    throw isConnectionError(error) ? notConnected('PostgreSQL', error as Error) : error;
  } finally {
    ignore();
  }
}

async function withOpen(name: ProjectionName, flags: Flags, signal: AbortSignal): Promise<Outcome> {
  const open = await openRebuild(name, flags, process.env);
  try {
    const { store } = open;
    const lease = await takeLease(store.name, store.locks, () =>
      screen.say(
        `${store.name}: somebody rebuilds it, or did until just now: looking whether he is still alive`,
      ),
    );
    try {
      const both = AbortSignal.any([signal, lease.signal]);
      return await perform(flags, { ...open, lease, screen, signal: both });
    } finally {
      await lease.release();
    }
  } finally {
    await open.close();
  }
}

function perform(flags: Flags, around: Surroundings): Promise<Outcome> {
  if (flags.rollback) return rollBack(around, flags.maxRate);
  if (flags.abort) return drop(around.store, 'next');
  if (flags.dropOld) return drop(around.store, 'previous');
  const { fresh = false, dryRun = false, acceptDifferences = false, maxRate } = flags;
  return rebuild(around, { fresh, dryRun, acceptDifferences, maxRate });
}

function exitCodeOf(outcome: Outcome): number {
  const isDifferent =
    outcome.action === 'differs' || (outcome.action === 'compared' && differing(outcome.comparison) > 0);
  return isDifferent ? EXIT_FAILED : 0;
}

/** What is said meanwhile, beside the result. */
const screen: Screen = {
  say: (text) => complain(`${text}\n`),
  bar: (what) => startBar(process.stderr, what),
};

const brokenOff = () =>
  new OrderlogError('ABORTED', 'BROKEN_OFF', 'broken off: run it again, and it goes on from there');

const notConnected = (what: string, cause: Error) => {
  const message = `${what} does not answer (${cause.message}): run it again, and it goes on from there`;
  return new OrderlogError('UNAVAILABLE', 'NOT_CONNECTED', message, { cause });
};

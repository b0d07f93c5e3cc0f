/**
 * `orderlog audit`: checks the invariants over databases, log, read model and the provider's ledger, and changes nothing.
 * Exit code: 0 clean, 1 violations, 2 wrong usage, 3 could not look.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { isElasticsearchDown } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { pause } from '../../platform/wait.ts';
import { type AddressFlags, addressesFor } from '../audit/addresses.ts';
import { type AuditResult, audit, identityBy } from '../audit/engine.ts';
import type { Finding } from '../audit/finding.ts';
import { invariants } from '../audit/invariants/index.ts';
import { journal } from '../audit/invariants/journal.ts';
import { progressLine } from '../audit/progressLine.ts';
import { openSources, type Sources } from '../audit/sources.ts';
import { resultJson, resultText } from '../audit/text.ts';
import { complain } from '../complain.ts';
import { onInterrupt } from '../start/interrupts.ts';
import { withExamples } from './examples.ts';

interface AuditFlags extends AddressFlags {
  readonly watch?: number | true;
  readonly atRest?: true;
  readonly json?: true;
  readonly journal?: string;
}

const EXIT_VIOLATIONS = 1;
const EXIT_USAGE = 2;
const EXIT_COULD_NOT_LOOK = 3;
const DEFAULT_WATCH_SECONDS = 10;

const HELP = `
Without addresses it looks at the local system that \`npm start\` runs (ORDERLOG_DATA_DIR, ORDERLOG_PORT_BASE and
ORDERLOG_READS as it was given them). A database's URL may hold a password: set ORDERLOG_ORDER_DATABASE_URL,
ORDERLOG_CATALOG_DATABASE_URL, ORDERLOG_PAYMENT_DATABASE_URL and ORDERLOG_ANALYTICS_DATABASE_URL instead of the flags; each service's own role may read all that is needed.

Exit code: 0 clean, 1 violations, 2 wrong usage, 3 could not look.`;

const seconds = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError('give a whole number of seconds from 1 to 86400');
};

export function addAuditCommand(program: Command): void {
  const command = program
    .command('audit')
    .description('Check that nothing is lost, doubled or contradicted in databases, log and read model')
    .option(
      '--watch [seconds]',
      `again and again, every ${DEFAULT_WATCH_SECONDS} s unless said otherwise`,
      seconds,
    )
    .option('--at-rest', 'wait until nothing is under way, at most 60 s, and judge everything')
    .option(
      '--journal <file>',
      'acknowledged orders as a client noted them: lines of {"requestId","orderId"}',
    )
    .option('--json', 'print one line of JSON')
    .option('--order-db <url>', 'database of the Order service')
    .option('--catalog-db <url>', 'database of the Catalog service')
    .option('--payment-db <url>', 'database of the Payment service')
    .option('--nats <url>', 'the log')
    .option('--elasticsearch <url>', 'the read model')
    .option('--analytics-db <url>', 'database of analytics')
    .option('--provider <url>', 'the payment sandbox, for its ledger')
    .addHelpText('after', HELP);
  withExamples(command, 'audit --at-rest', 'audit --watch 30 --journal answers.jsonl').action(run);
}

async function run(flags: AuditFlags): Promise<void> {
  const stopping = new AbortController();
  const ignore = onInterrupt(
    () => stopping.abort(),
    () => process.exit(EXIT_COULD_NOT_LOOK),
  );
  try {
    const sources = await openSources(addressesFor(flags, process.env));
    try {
      if (flags.watch === undefined) process.exitCode = await once(sources, flags, stopping.signal);
      else process.exitCode = await watch(sources, flags, stopping.signal);
    } finally {
      await sources.close();
    }
  } catch (error) {
    if (!stopping.signal.aborted) process.exitCode = failed(error);
  } finally {
    ignore();
  }
}

async function once(sources: Sources, flags: AuditFlags, signal: AbortSignal): Promise<number> {
  const { result, tookMs } = await auditNow(sources, flags, signal);
  process.stdout.write(flags.json ? resultJson(result) : resultText(result, tookMs));
  return result.violations.length > 0 ? EXIT_VIOLATIONS : 0;
}

/** Until it is interrupted; a look that fails is told, and tried again. */
async function watch(sources: Sources, flags: AuditFlags, signal: AbortSignal): Promise<number> {
  const everyMs =
    1_000 * (flags.watch === true ? DEFAULT_WATCH_SECONDS : (flags.watch ?? DEFAULT_WATCH_SECONDS));
  const told = new Set<string>();
  let exitCode = 0;
  while (!signal.aborted) {
    try {
      const { result, tookMs } = await auditNow(sources, flags, signal);
      if (result.violations.length > 0) exitCode = EXIT_VIOLATIONS;
      else if (exitCode === EXIT_COULD_NOT_LOOK) exitCode = 0;
      process.stdout.write(flags.json ? resultJson(result) : round(result, tookMs, told));
    } catch (error) {
      if (signal.aborted) break;
      if (failed(error) === EXIT_USAGE) return EXIT_USAGE;
      if (exitCode === 0) exitCode = EXIT_COULD_NOT_LOOK;
    }
    await pause(everyMs, signal);
  }
  return exitCode;
}

const identity = identityBy(invariants);

/** What was told in an earlier round is counted only. */
function round(result: AuditResult, tookMs: number, told: Set<string>): string {
  const isNew = (finding: Finding) => {
    const id = identity(finding);
    const isKnown = told.has(id);
    told.add(id);
    return !isKnown;
  };
  const violations = result.violations.filter(isNew);
  const again = result.violations.length - violations.length;
  const text = resultText({ ...result, violations, notes: result.notes.filter(isNew) }, tookMs);
  const still = again > 0 ? `${again} told before still stand; ` : '';
  return `${result.time.toISOString()}  ${still}${text}`;
}

async function auditNow(sources: Sources, flags: AuditFlags, signal: AbortSignal) {
  const startedMs = performance.now();
  const line = progressLine(process.stderr);
  const all = flags.journal === undefined ? invariants : [...invariants, journal(flags.journal)];
  try {
    const options = { invariants: all, isAtRest: flags.atRest ?? false, observer: line, signal };
    return { result: await audit(sources, options), tookMs: performance.now() - startedMs };
  } finally {
    line.close();
  }
}

/** Tells why nobody could look; a fault of ours is thrown on. */
function failed(error: unknown): number {
  const isOurs = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  if (isOurs || !(error instanceof Error)) throw error;
  const isUsage = error instanceof OrderlogError && error.code === 'INVALID_ARGUMENT';
  const what = `${isUsage ? '' : 'could not look: '}${explain(error)}`;
  complain(`orderlog: ${what}\n`);
  return isUsage ? EXIT_USAGE : EXIT_COULD_NOT_LOOK;
}

const explain = (error: Error): string => {
  const message = error.message || String(error);
  return isElasticsearchDown(error) ? `Elasticsearch does not answer: ${message}` : message;
};

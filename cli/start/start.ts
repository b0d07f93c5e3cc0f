/**
 * `npm start` and `orderlog start`: brings up a whole local system, shows how, keeps it running until it is interrupted,
 * and leaves no process behind.
 */
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { READS } from '../../gateway/queries/orderQueries.ts';
import { ConfigError, choice, integer, loadConfig, text } from '../../platform/config.ts';
import { LOG_LEVELS } from '../../platform/logging.ts';
import { ORDER_STORES } from '../../services/order/store.ts';
import { complain } from '../complain.ts';
import { StartError } from '../servers/types.ts';
import { hurry } from '../servers/watchdog.ts';
import { createChecklist } from './checklist.ts';
import { runDemoLoad } from './demoLoad.ts';
import { ENVIRONMENT } from './environment.ts';
import { onInterrupt } from './interrupts.ts';
import { serversFor } from './localServers.ts';
import { readyText } from './readyText.ts';
import { projectFolder } from './serviceParts.ts';
import { services, servicesFor } from './services.ts';
import { stepsAndServices } from './steps.ts';
import { startSystem } from './system.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

const HELP = `usage: npm start [-- --fresh] [--demo]

Starts PostgreSQL, NATS, Elasticsearch and all services on this machine, and stops them on Ctrl-C.

  --fresh   empties the data folder first
  --demo    places about two orders a second once all is up, so that there is something to see
  --help    shows this

${ENVIRONMENT}`;

/** Runs until it is interrupted. Returns the exit code: 0 stopped, 1 failed, 2 wrong usage, 78 wrong environment. */
export async function runStart(argv: readonly string[]): Promise<number> {
  try {
    const options = {
      fresh: { type: 'boolean' },
      demo: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    const { values } = parseArgs({ args: [...argv], options });
    if (!values.help) return await start({ fresh: values.fresh ?? false, demo: values.demo ?? false });
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (!isUsageError(error)) throw error;
    complain(`${error.message}\n\n${HELP}`);
    return EXIT_USAGE;
  }
}

const isUsageError = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');

interface StartOptions {
  readonly fresh: boolean;
  readonly demo: boolean;
}

/** As `runStart`, without the command line. */
export async function start({ fresh, demo }: StartOptions): Promise<number> {
  const startedAtMs = performance.now();
  // A terminal that is closed is a reason to stop in order (SIGHUP), not to fail.
  process.stdout.on('error', () => undefined);
  const interrupted = new AbortController();
  const ignore = onInterrupt(
    () => interrupted.abort(),
    () => {
      hurry();
      process.exit(EXIT_FAILED);
    },
  );
  const checklist = createChecklist(process.stdout, [
    ...serversFor(process.env),
    ...stepsAndServices(servicesFor(process.env)),
  ]);
  try {
    const settings = settingsOf(process.env);
    const system = await startSystem({ ...settings, fresh, reporter: checklist, signal: interrupted.signal });
    checklist.close();
    const tookSeconds = (performance.now() - startedAtMs) / 1000;
    process.stdout.write(`\n${readyText(system.addresses, settings.dataDir, tookSeconds)}`);
    if (demo) await runDemo(system.addresses.order, interrupted.signal);
    else await aborted(interrupted.signal);
    process.stdout.write('\nStopping: services first, then the servers\n');
    await system.stop();
    process.stdout.write('Stopped\n');
    return 0;
  } catch (error) {
    checklist.close();
    if (interrupted.signal.aborted) {
      process.stdout.write('Stopped before it was ready\n');
      return 0;
    }
    if (!isForPeople(error)) throw error;
    complain(`\nOrderlog could not start: ${error.message}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED;
  } finally {
    ignore();
  }
}

function runDemo(address: string, signal: AbortSignal): Promise<void> {
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  tell('demo: about two orders a second from now on');
  return runDemoLoad({ address, signal, tell });
}

/** Its message says all; anything else is a fault of ours, whose stack is wanted. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof StartError ||
  error instanceof ConfigError ||
  (error instanceof Error && 'syscall' in error);

/** Handed on as they are: each service checks its own. */
const serviceSettings: Readonly<Record<`ORDERLOG_${string}`, z.ZodType>> = Object.fromEntries(
  services.flatMap(({ settings = [] }) => settings.map((name) => [name, text('a value').optional()])),
);

function settingsOf(env: NodeJS.ProcessEnv) {
  const config = loadConfig(
    {
      ORDERLOG_PORT_BASE: integer(1_024, 65_000, 'ports').optional(),
      ORDERLOG_DATA_DIR: text('a folder').default('.orderlog'),
      ORDERLOG_LOG_LEVEL: choice(LOG_LEVELS).default('info'),
      ORDERLOG_POSTGRES_URL: text('a URL').optional(),
      ORDERLOG_NATS_URL: text('a URL').optional(),
      ORDERLOG_ELASTICSEARCH_URL: text('a URL').optional(),
      ...serviceSettings,
      // By which the demo catalog and the demo load call (cli/token/own.ts).
      ORDERLOG_TOKEN: text('a token').optional(),
      ORDERLOG_TOKEN_FILE: text('the path of a file').optional(),
      ORDERLOG_ORDER_STORE: choice(ORDER_STORES).optional(),
      ORDERLOG_READS: choice(READS).optional(),
    },
    env,
  );
  const dataDir = config.ORDERLOG_DATA_DIR;
  return {
    dataDir: isAbsolute(dataDir) ? dataDir : join(projectFolder, dataDir),
    portBase: config.ORDERLOG_PORT_BASE?.toString(),
    env,
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

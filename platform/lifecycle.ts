/**
 * The life of a service's process: start, ready, stop.
 *
 * `runService('order', async (lifecycle) => { ... })` starts it. SIGTERM, SIGINT, or the end of the parent that forked it
 * stop it: what was registered with onStop runs in reverse order, all within one grace. Exit codes: 0 stopped; 1 could
 * not start, did not stop in time, or failed by an error that nobody caught (its state is unknown: the next start finds
 * what is committed); 78 the configuration is wrong. Why a start failed is one line on stderr, and in the log.
 */
import { ConfigError } from './config.ts';
import { createLogger, LOG_LEVELS, type Logger } from './logging.ts';
import { shown } from './redaction/texts.ts';

/** Undoes a part of the start; told how much of the grace is left. */
export type Stop = (remainingMs: number) => Promise<void> | void;

export interface Lifecycle {
  readonly logger: Logger;
  /** Registers what a stop has to do; `what` names it in the log. */
  onStop(what: string, stop: Stop): void;
  /**
   * Says why the service is not ready yet, and that it lives: to the parent that forked it, as `{ type: 'waiting', why }`. To be said
   * again and again while it is so.
   */
  waiting(why: string): void;
  /** Says that the service is up: to the log, and to the parent that forked it as `{ type: 'ready' }`. */
  ready(): void;
}

const EXIT_FAILED = 1;
const EXIT_CONFIG = 78;
/** How long a process takes to stop at most. */
export const DEFAULT_GRACE_MS = 10_000;

/** Starts a service, and ends the process when it is stopped. */
export function runService(
  name: string,
  start: (lifecycle: Lifecycle) => Promise<void>,
  graceMs: number = DEFAULT_GRACE_MS,
): void {
  const logger = createLogger({ service: name, level: levelFromEnvironment() });
  const stops: { what: string; stop: Stop }[] = [];
  let stopping = false;

  const stopFor = (why: string) => {
    // A terminal, npm and a supervisor may all pass on one Ctrl-C: only the first counts, the grace bounds it.
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    void stopAll(stops, logger, graceMs).then((code) => process.exit(code));
  };
  const fail = (error: unknown, message: string) => {
    logger.fatal({ err: error }, message);
    process.exit(EXIT_FAILED);
  };

  process.on('SIGTERM', () => stopFor('SIGTERM'));
  process.on('SIGINT', () => stopFor('SIGINT'));
  process.on('disconnect', () => stopFor('the parent process is gone'));
  process.on('uncaughtException', (error) => fail(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));

  start({
    logger,
    onStop: (what, stop) => stops.push({ what, stop }),
    waiting(why) {
      if (process.connected) process.send?.({ type: 'waiting', why: shown(why) });
    },
    ready() {
      logger.info('ready');
      process.send?.({ type: 'ready' });
    },
  }).catch((error: unknown) => {
    if (!stopping) process.exit(tellStartFailure(name, logger, error));
  });
}

function tellStartFailure(name: string, logger: Logger, error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  logger.fatal({ err: error }, 'could not start');
  console.error(shown(`${name}: ${message}`));
  return error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED;
}

/** The exit code: 0 if everything stopped within the grace. */
async function stopAll(
  stops: { what: string; stop: Stop }[],
  logger: Logger,
  graceMs: number,
): Promise<number> {
  const endsAt = performance.now() + graceMs;
  const remainingMs = () => Math.max(0, Math.round(endsAt - performance.now()));
  let code = 0;
  const timer = setTimeout(() => {
    const open = stops.map(({ what }) => what);
    logger.error({ graceMs, open }, 'did not stop in time');
    process.exit(EXIT_FAILED);
  }, graceMs);
  for (let last = stops.at(-1); last; last = stops.at(-1)) {
    try {
      await last.stop(remainingMs());
    } catch (error) {
      code = EXIT_FAILED;
      logger.error({ err: error, what: last.what }, 'a part of the service failed to stop');
    }
    stops.splice(stops.indexOf(last), 1);
  }
  clearTimeout(timer);
  if (code === 0) logger.info('stopped');
  return code;
}

/** Before the configuration is read; a wrong level is refused when it is. */
const levelFromEnvironment = () =>
  LOG_LEVELS.find((level) => level === process.env.ORDERLOG_LOG_LEVEL) ?? 'info';

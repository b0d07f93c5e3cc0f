/**
 * Structured logs: one JSON object a line on stdout, with `time` (RFC 3339 UTC), `level`, `service`, `msg`, the ids of
 * what it is about, and `trace_id` and `span_id` of what is being done where that is traced. Errors go under `err`. What is not to be
 * shown is taken out by its name, and from each finished line by its text (redaction/); texts that look like card numbers are
 * refused at the door, and so never get here.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import { shown } from './redaction/texts.ts';
import { errorFields, redactedFields } from './redaction/values.ts';
import { currentTraceIds } from './telemetry/logIds.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Where to, if not stdout. */
  readonly destination?: DestinationStream;
}

export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      bindings: redactedFields,
      log: redactedFields,
    },
    serializers: { err: (error: unknown) => errorFields(error) },
    hooks: { streamWrite: shown },
    mixin: currentTraceIds,
  };
  const children = new Set<Logger>();
  const logger: Logger = pino(
    { ...options, onChild: (child) => void children.add(child) },
    destination ?? stdout(),
  );
  family.set(logger, children);
  return logger;
}

/** A child of pino's keeps the level that it was born with. */
const family = new WeakMap<Logger, ReadonlySet<Logger>>();

/** What is logged from now on, children included; said in the log, whatever is logged before or after. */
export function setLogLevel(logger: Logger, level: LogLevel): void {
  const before = logger.level;
  if (!logger.isLevelEnabled('info')) logger.level = 'info';
  logger.info({ before, level }, 'the log level is changed');
  for (const each of [logger, ...(family.get(logger) ?? [])]) each.level = level;
}

/** Written before the call returns: the last lines of a process that dies are the ones that matter. */
const stdout = (): DestinationStream => pino.destination({ dest: 1, sync: true });

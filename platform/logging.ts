/**
 * Structured logs: one JSON object a line on stdout, with `time` (RFC 3339 UTC), `level`, `service`, `msg`, and the ids of
 * what it is about. Errors go under `err`. Payment tokens, sealed or not, and keys are redacted by name wherever somebody
 * logs a message whole; texts that look like card numbers are refused at the door, and so never get here.
 */
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRET_NAMES = [
  'payment_token',
  'paymentToken',
  'sealed_payment_token',
  'sealedPaymentToken',
  'authorization',
  'password',
  'keyring',
  'key',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];

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
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: DEPTHS.flatMap((depth) => SECRET_NAMES.map((name) => depth + name)),
      censor: '[redacted]',
    },
  };
  return pino(options, destination ?? stdout());
}

/** Written before the call returns: the last lines of a process that dies are the ones that matter. */
const stdout = (): DestinationStream => pino.destination({ dest: 1, sync: true });

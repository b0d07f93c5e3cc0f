/**
 * Log and database do not match: nothing may be written until somebody mends it. One error for the log gate, the health
 * check and whoever calls meanwhile; its message says what to do.
 */
import { OrderlogError } from '../errors.ts';

export type MismatchReason =
  /** The database knows a stream, and the server has none. */
  | 'LOG_MISSING'
  /** The server's stream is not the one that the database knows. */
  | 'LOG_RECREATED'
  /** The log ends before what was recorded as published. */
  | 'LOG_BEHIND'
  /** The log holds events that the database lacks. */
  | 'LOG_AHEAD'
  /** Messages are missing within the log. */
  | 'LOG_HOLE'
  /** The log says something else than the database. */
  | 'LOG_DIFFERS'
  /** The log holds events of a newer version of the service. */
  | 'LOG_UNREADABLE'
  /** The stream's configuration breaks a promise. */
  | 'LOG_CONFIG';

const REMEDIES: Readonly<Record<MismatchReason, string>> = {
  LOG_MISSING: 'restore the stream, or run `orderlog recover --republish` to make it again from the database',
  LOG_RECREATED:
    'restore the stream, or run `orderlog recover --republish` to make it again from the database',
  LOG_BEHIND: 'the log lost messages: run `orderlog recover --republish` to make it again from the database',
  LOG_AHEAD: 'an old backup of the database was restored: run `orderlog recover` to bring it up to the log',
  LOG_HOLE: 'the log lost messages: run `orderlog recover --republish` to make it again from the database',
  LOG_DIFFERS:
    'something else wrote to the stream or to the database: `orderlog recover` tells what can be done',
  LOG_UNREADABLE: 'recover with the version that wrote it, or a later one',
  LOG_CONFIG: 'mend it with `nats stream edit`, or use a newer nats-server',
};

export class LogMismatch extends OrderlogError {
  constructor(reason: MismatchReason, found: string, cause?: unknown) {
    super('UNAVAILABLE', reason, `${found}; ${REMEDIES[reason]}`, { cause });
    this.name = 'LogMismatch';
  }
}

/** The database is older than this process has seen it: nobody may work on it. */
export class DatabaseBehind extends LogMismatch {
  constructor(found: string) {
    super('LOG_AHEAD', found);
    this.name = 'DatabaseBehind';
  }
}

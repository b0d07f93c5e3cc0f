/**
 * The log gate: closed until log and database are matched, and whenever that is in doubt. While it is closed, nothing in
 * the service may run that writes: no command, consumer, timer or worker.
 *
 * It closes at start, after every reconnect, and when somebody calls `recheck` because a refusal made the log suspect. It
 * stays open while NATS is merely away: what was matched stays so, and commands are accepted up to the backlog's bound.
 * A mismatch keeps it closed with the error that says what to do; it looks again now and then, so that it opens by itself
 * once that is done. While it is open it looks now and then as well: a replica that publishes nothing would not notice.
 */
import type { Logger } from 'pino';
import { OrderlogError } from '../errors.ts';
import { backoffMs, createNudge } from '../wait.ts';
import { LogMismatch } from './logMismatch.ts';
import type { ServiceLog } from './ownStream.ts';
import { checkLog } from './reconcile.ts';

export interface LogGate {
  isOpen(): boolean;
  /** Why it is closed; undefined while it is open. A LogMismatch stays until somebody mends it. */
  reason(): OrderlogError | undefined;
  /** Returns when it is open, or when the signal comes. */
  whenOpen(signal: AbortSignal): Promise<void>;
  /** Told of each opening and closing. Returns how to stop listening. */
  onChange(listener: (open: boolean) => void): () => void;
  /** Closes it until log and database are matched again. */
  recheck(why: string): void;
  stop(): Promise<void>;
}

/** How often an open gate looks again. */
const RECHECK_MS = 10_000;
const MAX_BACKOFF_MS = 5_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const notMatched = (why: string, cause?: unknown): OrderlogError =>
  new OrderlogError('UNAVAILABLE', 'LOG_NOT_MATCHED', `log and database are being matched: ${why}`, {
    retryAfterMs: 1_000,
    cause,
  });

export function startLogGate(log: ServiceLog, logger: Logger, recheckMs = RECHECK_MS): LogGate {
  let closed: OrderlogError | undefined = notMatched('the service is starting');
  const listeners = new Set<(open: boolean) => void>();
  const stopping = new AbortController();
  const wake = createNudge();

  function set(reason: OrderlogError | undefined): void {
    const changed = (closed === undefined) !== (reason === undefined);
    if (reason instanceof LogMismatch && closed?.message !== reason.message) {
      logger.error({ reason: reason.reason }, `the log gate is closed: ${reason.message}`);
    } else if (changed) {
      logger.info(reason ? `the log gate is closed: ${reason.message}` : 'the log gate is open');
    }
    closed = reason;
    if (changed) for (const listener of listeners) listener(reason === undefined);
  }

  /** Counts doubts: one that comes during a look must not be lost to it. */
  let doubts = 0;
  function recheck(why: string): void {
    doubts++;
    if (!(closed instanceof LogMismatch)) set(notMatched(why));
    wake.nudge();
  }

  async function look(): Promise<boolean> {
    const doubtsBefore = doubts;
    try {
      await checkLog(log);
      if (doubts === doubtsBefore) set(undefined);
      return true;
    } catch (error) {
      if (error instanceof LogMismatch) set(error);
      // While nobody can look, an open gate stays open, and a mismatch stays one.
      else if (closed && !(closed instanceof LogMismatch)) set(notMatched(messageOf(error), error));
      return false;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      failures = (await look()) ? 0 : failures + 1;
      const waitMs =
        failures === 0 ? recheckMs : backoffMs(failures, 100, Math.min(recheckMs, MAX_BACKOFF_MS));
      await wake.wait(waitMs, stopping.signal);
    }
  }

  const forget = log.connection.onSession(() => recheck('NATS reconnected'));
  const running = run();
  return {
    isOpen: () => closed === undefined,
    reason: () => closed,
    async whenOpen(signal) {
      while (closed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = () => {
            listeners.delete(done);
            signal.removeEventListener('abort', done);
            resolve();
          };
          listeners.add(done);
          signal.addEventListener('abort', done, { once: true });
        });
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recheck,
    async stop() {
      forget();
      stopping.abort();
      await running;
    },
  };
}

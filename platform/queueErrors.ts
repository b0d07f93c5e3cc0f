/** What a command queue answers in the place of a result. */
import { OrderlogError } from './errors.ts';

export const unavailable = (reason: string, message: string, cause?: unknown): OrderlogError =>
  new OrderlogError('UNAVAILABLE', reason, message, { retryAfterMs: 1_000, cause });

export const databaseUnavailable = (cause: unknown): OrderlogError =>
  unavailable(
    'DATABASE_UNAVAILABLE',
    'the database cannot be reached: repeat with the same request_id, which makes a repeat harmless',
    cause,
  );

/** What is refused often is made once. */
export const QUEUE_FULL = new OrderlogError(
  'RESOURCE_EXHAUSTED',
  'QUEUE_FULL',
  'too many commands are waiting: repeat later with the same request_id',
  { retryAfterMs: 500 },
);

const TOLD_MS = 100;
/** How it is beyond that, nobody knows: a process that stood still for a while measures that, and finds back in a moment. */
const MOST_TOLD_MS = 5_000;
let told: OrderlogError | undefined;

/** One error for all who are told the same: to the next tenth of a second, up to 5 s. */
export function queueTooLong(expectedMs: number): OrderlogError {
  const retryAfterMs = Math.min(Math.ceil(expectedMs / TOLD_MS) * TOLD_MS, MOST_TOLD_MS);
  if (told?.retryAfterMs === retryAfterMs) return told;
  const how = expectedMs > MOST_TOLD_MS ? 'more than' : 'about';
  const message = `a command takes ${how} ${retryAfterMs} ms now, too long for this call's deadline: repeat later with the same request_id`;
  told = new OrderlogError('RESOURCE_EXHAUSTED', 'QUEUE_TOO_LONG', message, { retryAfterMs });
  return told;
}

export const isDropped = (error: unknown): boolean =>
  error instanceof OrderlogError && (error.code === 'CANCELLED' || error.code === 'DEADLINE_EXCEEDED');

export const droppedError = (signal: AbortSignal): OrderlogError =>
  signal.reason instanceof OrderlogError
    ? signal.reason
    : new OrderlogError('CANCELLED', 'CALLER_GONE', 'the caller went away before the command was begun');

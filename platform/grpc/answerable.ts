/** Whatever a handler threw, as the error that its caller is told; what the caller need not know goes to the log. */
import { randomUUID } from 'node:crypto';
import { isContention, isInfrastructureError } from '../database.ts';
import { type ErrorCode, OrderlogError } from '../errors.ts';
import type { Logger } from '../logging.ts';

/** Codes that tell of something broken, whoever meets it. */
const FAULT_CODES: ReadonlySet<ErrorCode> = new Set(['INTERNAL', 'DATA_LOSS']);

/** The error that is answered for whatever was thrown; faults are logged, under an id that the answer names. */
export function answerableError(logger: Logger, method: string, thrown: unknown): OrderlogError {
  if (thrown instanceof OrderlogError) {
    if (FAULT_CODES.has(thrown.code)) logger.warn({ method, err: thrown }, 'a call failed');
    return thrown;
  }
  if (isInfrastructureError(thrown) || isContention(thrown)) {
    logger.warn({ method, err: thrown }, 'a call found what it depends on unavailable');
    const message =
      'something that this service depends on is unavailable; nothing is half done, repeat the call';
    return new OrderlogError('UNAVAILABLE', 'DEPENDENCY_UNAVAILABLE', message, { retryAfterMs: 1_000 });
  }
  const errorId = randomUUID();
  logger.error({ method, errorId, err: thrown }, 'a call failed by a fault');
  return new OrderlogError('INTERNAL', 'INTERNAL', `internal error; the service's log has it as ${errorId}`);
}

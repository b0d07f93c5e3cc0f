/** Commands of which it is not known whether they were done. */
import { OrderlogError } from '../../platform/errors.ts';

/** Where a repeat may succeed, the error says how to repeat without doing it twice. */
export async function orHowToRepeat<T>(call: Promise<T>, requestId: string, question: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof OrderlogError) || !mayRepeat(error)) throw error;
    const message = `${error.message}\n${question} Repeat with --request-id ${requestId}: it is done once.`;
    throw new OrderlogError(error.code, error.reason, message, { violations: error.violations });
  }
}

const mayRepeat = ({ code, reason, retryAfterMs }: OrderlogError): boolean =>
  reason !== 'NOT_CONNECTED' && (retryAfterMs !== undefined || code === 'DEADLINE_EXCEEDED');

/** Asks within a bound: a part that is down, or does not answer, is a finding and no failure. */
import { OrderlogError } from '../../../platform/errors.ts';
import { within } from '../../../platform/wait.ts';
import type { Asked } from '../finding.ts';

export const ASK_WITHIN_MS = 5_000;

export async function ask<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Asked<T>> {
  const late = new AbortController();
  const tooLate = (): never => {
    late.abort();
    throw new Error(`no answer within ${ASK_WITHIN_MS / 1_000} s`);
  };
  try {
    return { facts: await within(ASK_WITHIN_MS, work(late.signal), tooLate) };
  } catch (error) {
    if (error instanceof TypeError && !('cause' in error)) throw error;
    return { unreachable: reasonOf(error) };
  }
}

/** Of several attempts at once (localhost by IPv4 and IPv6) the first tells; a fetch says why only in its cause. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && !(error instanceof OrderlogError)) return reasonOf(error.cause);
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message.split('\n')[0] || code;
}

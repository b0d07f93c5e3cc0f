/** When to ask the provider again whose answer was unknown. */
import { backoffMs } from '../../platform/wait.ts';
import { ProviderUnknown } from './provider/provider.ts';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** As the provider says, or later each time. Throws what is something else. */
export function againAfter(error: unknown, attempts: number): { againAfterMs: number; error: string } {
  if (!(error instanceof ProviderUnknown)) throw error;
  const againAfterMs = error.retryAfterMs ?? backoffMs(attempts, FIRST_RETRY_MS, MAX_RETRY_MS);
  return { againAfterMs, error: error.message };
}

/** Waits until the gateway says that everything works. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../servers/types.ts';

const WITHIN_MS = 120_000;
/** Often: who else asks should hear of it no sooner than we. */
const POLL_MS = 10;
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_TOLD_LENGTH = 500;

/** `address` is the gateway's HTTP address. Throws StartError with its last answer. Returns what is to be told. */
export async function untilSystemReady(address: string, signal: AbortSignal): Promise<string> {
  const endsAtMs = performance.now() + WITHIN_MS;
  let last = 'no answer';
  while (performance.now() < endsAtMs) {
    signal.throwIfAborted();
    try {
      const response = await fetch(`http://${address}/readyz`, {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      last = `HTTP ${response.status}: ${(await response.text()).slice(0, MAX_TOLD_LENGTH)}`;
      if (response.status === 200) return 'readyz says so';
    } catch (error) {
      last = (error as Error).message;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new StartError(`the system is not ready after ${WITHIN_MS / 1000} s: ${last}`);
}

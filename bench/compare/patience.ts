/** A well-behaved client: repeats a call while a repeat may help, as late as it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRepeatable } from '../../e2e/support/orders.ts';
import { OrderlogError } from '../../platform/errors.ts';

const GIVE_UP_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

export interface Answered<T> {
  readonly value: T;
  /** Calls before it that were refused, or not answered in time. */
  readonly refusals: number;
}

/** Throws where no repeat may help, or none has after two minutes. */
export async function answered<T>(call: () => Promise<T>): Promise<Answered<T>> {
  const untilMs = performance.now() + GIVE_UP_MS;
  for (let refusals = 0; ; refusals++) {
    try {
      return { value: await call(), refusals };
    } catch (error) {
      if (!isRepeatable(error) || performance.now() > untilMs) throw error;
      await sleep(pauseAfter(error, refusals));
    }
  }
}

/** As it is told (RetryInfo), or longer each time; spread, so that clients do not come back all at once. */
const pauseAfter = (error: unknown, refusals: number): number => {
  const told = error instanceof OrderlogError ? error.retryAfterMs : undefined;
  return (told ?? Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** refusals)) * (1 + Math.random() / 4);
};

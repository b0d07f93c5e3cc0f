/**
 * How a provider is asked, whichever it is: through cockatiel, each call with a timeout, a few tries with jitter, and a circuit
 * breaker (platform/breaker.ts), one for all calls. Whatever is no definite answer comes out as ProviderUnknown.
 */
import {
  BrokenCircuitError,
  ExponentialBackoff,
  handleWhen,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { type BreakerState, createBreaker, HALF_OPEN_AFTER_MS, stateOf } from '../../../platform/breaker.ts';
import { ProviderUnknown } from './provider.ts';

export interface AskOptions {
  /** Of one call; what comes later is unknown. */
  readonly timeoutMs: number;
  /** How long its breaker stays open. */
  readonly halfOpenAfterMs?: number;
  /** Given what tells its breaker's state. */
  readonly onBreaker?: (state: () => BreakerState) => void;
}

/** Makes one call, in so many tries; throws ProviderUnknown. `signal` ends all of it. */
export type Ask = <T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** The provider refuses the request itself: asking again in the same way is no use, and says nothing of its health. */
export class RequestRefused extends Error {}

/** The provider has answered, and what was asked for is still under way: to be asked for later, and no failure of its own. */
export class NotYet extends Error {
  /** The provider is at it and will end it, whatever anybody does; what is not may stay as it is for ever. */
  readonly isInProgress: boolean;

  constructor(message: string, isInProgress = false) {
    super(message);
    this.isInProgress = isInProgress;
  }
}

/** While the breaker is open a call is only put off, by so long at most. */
const OPEN_RETRY_MS = 5_000;
const TRIES_AFTER_FIRST = 2;

/** To the policies "not yet" is an answer as good as any: it is not tried again, and it ends a row of failures. */
function asAnswer(error: unknown): NotYet {
  if (error instanceof NotYet) return error;
  throw error;
}

export function createAsk({ timeoutMs, halfOpenAfterMs = HALF_OPEN_AFTER_MS, onBreaker }: AskOptions): Ask {
  const breaker = createBreaker((error) => !(error instanceof RequestRefused), halfOpenAfterMs);
  onBreaker?.(() => stateOf(breaker));
  const retryAfterMs = Math.min(OPEN_RETRY_MS, halfOpenAfterMs);
  const policy = wrap(
    retry(
      handleWhen((error) => !(error instanceof RequestRefused) && !(error instanceof BrokenCircuitError)),
      {
        maxAttempts: TRIES_AFTER_FIRST,
        backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }),
      },
    ),
    breaker,
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );
  return async (call, signal) => {
    try {
      const answer = await policy.execute((context) => call(context.signal).catch(asAnswer), signal);
      if (answer instanceof NotYet) throw answer;
      return answer;
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) {
        const isInProgress = error instanceof NotYet && error.isInProgress;
        throw new ProviderUnknown(`no definite answer: ${String(error)}`, { cause: error, isInProgress });
      }
      const message = 'the provider has failed again and again; its breaker is open';
      throw new ProviderUnknown(message, { cause: error, retryAfterMs, wasNotAsked: true });
    }
  };
}

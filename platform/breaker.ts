/**
 * The circuit breaker of calls to another service or to a provider: opens after more than 5 consecutive failures, and lets
 * one call try again after 30 s, or as set (cockatiel's, after M. Nygard, "Release It!").
 */
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { monotonicDelay } from './monotonicDelay.ts';

const CONSECUTIVE_FAILURES = 6;
export const HALF_OPEN_AFTER_MS = 30_000;

/** `isFailure`: of what a call throws, what counts against the other side. It throws BrokenCircuitError while it is open. */
export const createBreaker = (
  isFailure: (error: Error) => boolean,
  halfOpenAfterMs = HALF_OPEN_AFTER_MS,
): CircuitBreakerPolicy =>
  circuitBreaker(handleWhen(isFailure), {
    halfOpenAfter: monotonicDelay(halfOpenAfterMs),
    breaker: new ConsecutiveBreaker(CONSECUTIVE_FAILURES),
  });

export const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

const states: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  // Held open by hand, which nobody does.
  [CircuitState.Isolated]: 'open',
};

export const stateOf = (breaker: CircuitBreakerPolicy): BreakerState => states[breaker.state];

/** For how long a breaker stays open from now on; 0: it lets calls through. Ask before its first call. */
export function openTime(breaker: CircuitBreakerPolicy, halfOpenAfterMs: number): () => number {
  let untilMs = 0;
  breaker.onBreak(() => {
    untilMs = performance.now() + halfOpenAfterMs;
  });
  return () => (breaker.state === CircuitState.Open ? Math.max(0, untilMs - performance.now()) : 0);
}

/**
 * The provider over HTTP (the sandbox's API), through cockatiel: each call has a timeout, a few tries with jitter, and a
 * circuit breaker that opens after more than 5 consecutive failures and tries again after 30 s. Only a 200 or a 402 is an
 * answer: a timeout, a 5xx or a broken connection is unknown, and never a decline.
 */
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { z } from 'zod';
import { looksLikeCardNumber } from '../../../platform/cardNumber.ts';
import { monotonicDelay } from './monotonicDelay.ts';
import { type ChargeAnswer, type Provider, type ProviderCharge, ProviderUnknown } from './provider.ts';

export interface HttpProviderOptions {
  readonly url: string;
  /** Of one call; what comes later is unknown. */
  readonly timeoutMs: number;
}

const CONSECUTIVE_FAILURES = 6;
const HALF_OPEN_AFTER_MS = 30_000;
/** While the breaker is open a charge is only put off. */
const OPEN_RETRY_MS = 5_000;
const TRIES_AFTER_FIRST = 2;

/** The provider's words are stored and published: no control characters, no card numbers, and not endless. */
const words = (maxLength: number) =>
  z.string().transform((text) => {
    if (looksLikeCardNumber(text)) return 'withheld';
    return text
      .toWellFormed()
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, maxLength);
  });
const captured = z.object({ status: z.literal('captured'), id: z.string().regex(/^[\x21-\x7e]{1,200}$/) });
const declined = z.object({ status: z.literal('declined'), code: words(100), message: words(500) });

/** The provider refuses the request itself: asking again in the same way is no use, and says nothing of its health. */
class RequestRefused extends Error {}

export function createHttpProvider({ url, timeoutMs }: HttpProviderOptions): Provider {
  const mayPass = handleWhen((error) => !(error instanceof RequestRefused));
  const policy = wrap(
    retry(
      handleWhen((error) => !(error instanceof RequestRefused) && !(error instanceof BrokenCircuitError)),
      {
        maxAttempts: TRIES_AFTER_FIRST,
        backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }),
      },
    ),
    circuitBreaker(mayPass, {
      halfOpenAfter: monotonicDelay(HALF_OPEN_AFTER_MS),
      breaker: new ConsecutiveBreaker(CONSECUTIVE_FAILURES),
    }),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );
  return {
    async charge(wish, signal) {
      try {
        return await policy.execute((context) => postCharge(url, wish, context.signal), signal);
      } catch (error) {
        const isOpen = error instanceof BrokenCircuitError;
        throw new ProviderUnknown(
          isOpen
            ? 'the provider has failed again and again; its breaker is open'
            : `no definite answer: ${String(error)}`,
          isOpen ? { cause: error, retryAfterMs: OPEN_RETRY_MS } : { cause: error },
        );
      }
    },
  };
}

async function postCharge(url: string, wish: ProviderCharge, signal: AbortSignal): Promise<ChargeAnswer> {
  const { key, amountMinor, currency, orderId, token } = wish;
  const response = await fetch(new URL('/v1/charges', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ amountMinor: String(amountMinor), currency, orderId, token }),
    signal,
  });
  if (response.status === 200) {
    return { kind: 'captured', reference: captured.parse(await response.json()).id };
  }
  if (response.status === 402) {
    const { code, message } = declined.parse(await response.json());
    return { kind: 'declined', code, message };
  }
  // Whatever page a proxy sends with an error: left unread, it would keep the connection.
  await response.body?.cancel();
  const what = `the provider answers ${response.status}`;
  if (response.status >= 400 && response.status < 500 && response.status !== 429)
    throw new RequestRefused(what);
  throw new Error(what);
}

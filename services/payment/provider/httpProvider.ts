/**
 * The provider over HTTP (the sandbox's API), through cockatiel: each call has a timeout, a few tries with jitter, and a
 * circuit breaker (platform/breaker.ts), one for all calls. Only what providerAnswers.ts reads is an answer: a timeout, a 5xx
 * or a broken connection is unknown, and never a decline.
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
import { createBreaker, HALF_OPEN_AFTER_MS } from '../../../platform/breaker.ts';
import { createHttpClient, type HttpRequest, type HttpResponse } from './httpClient.ts';
import { type Provider, ProviderUnknown } from './provider.ts';
import { chargeAnswer, lookupAnswer, RequestRefused, refundAnswer } from './providerAnswers.ts';

export interface HttpProviderOptions {
  readonly url: string;
  /** Of one call; what comes later is unknown. */
  readonly timeoutMs: number;
  /** How long its breaker stays open. */
  readonly halfOpenAfterMs?: number;
}

/** While the breaker is open a call is only put off, by so long at most. */
const OPEN_RETRY_MS = 5_000;
const TRIES_AFTER_FIRST = 2;

export function createHttpProvider({
  url,
  timeoutMs,
  halfOpenAfterMs = HALF_OPEN_AFTER_MS,
}: HttpProviderOptions): Provider {
  const send = createHttpClient(url);
  const retryAfterMs = Math.min(OPEN_RETRY_MS, halfOpenAfterMs);
  const policy = wrap(
    retry(
      handleWhen((error) => !(error instanceof RequestRefused) && !(error instanceof BrokenCircuitError)),
      {
        maxAttempts: TRIES_AFTER_FIRST,
        backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }),
      },
    ),
    createBreaker((error) => !(error instanceof RequestRefused), halfOpenAfterMs),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );

  async function ask<T>(
    request: HttpRequest,
    read: (response: HttpResponse) => T,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await policy.execute(async (context) => read(await send(request, context.signal)), signal);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) {
        throw new ProviderUnknown(`no definite answer: ${String(error)}`, { cause: error });
      }
      const message = 'the provider has failed again and again; its breaker is open';
      throw new ProviderUnknown(message, { cause: error, retryAfterMs, wasNotAsked: true });
    }
  }

  return {
    charge({ key, amountMinor, currency, orderId, token }, signal) {
      const body = { amountMinor: String(amountMinor), currency, orderId, token };
      return ask(post('/v1/charges', key, body), chargeAnswer, signal);
    },
    refund({ key, chargeReference, currency, amountMinor }, signal) {
      const body = { chargeId: chargeReference, amountMinor: String(amountMinor), currency };
      return ask(post('/v1/refunds', key, body), refundAnswer, signal);
    },
    lookup: (key, signal) => ask({ path: `/v1/charges/${encodeURIComponent(key)}` }, lookupAnswer, signal),
  };
}

const post = (path: string, key: string, body: object): HttpRequest => ({
  path,
  post: {
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  },
});

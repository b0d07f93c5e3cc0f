/**
 * The provider over HTTP (the sandbox's API), asked as ask.ts says. Only what providerAnswers.ts reads is an answer: a timeout,
 * a 5xx or a broken connection is unknown, and never a decline.
 */
import { type AskOptions, createAsk } from './ask.ts';
import { createHttpClient, type HttpRequest, type HttpResponse } from './httpClient.ts';
import type { Provider } from './provider.ts';
import { chargeAnswer, lookupAnswer, refundAnswer } from './providerAnswers.ts';

export interface HttpProviderOptions extends AskOptions {
  readonly url: string;
}

export function createHttpProvider({ url, ...options }: HttpProviderOptions): Provider {
  const send = createHttpClient(url);
  const askIn = createAsk(options);
  const ask = <T>(request: HttpRequest, read: (response: HttpResponse) => T, signal: AbortSignal) =>
    askIn(async (callSignal) => read(await send(request, callSignal)), signal);

  return {
    charge({ key, amountMinor, currency, orderId, token }, signal) {
      const body = { amountMinor: String(amountMinor), currency, orderId, token };
      const read = (response: HttpResponse) => chargeAnswer(response, token);
      return ask(post('/v1/charges', key, body), read, signal);
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

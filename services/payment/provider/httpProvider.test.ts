import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { entrySpan, traceWith } from '../../../platform/telemetry/tracer.ts';
import { createHttpProvider } from './httpProvider.ts';
import { type Provider, ProviderUnknown } from './provider.ts';

const wish = { key: 'p', orderId: 'o', currency: 'EUR', amountMinor: 2n ** 60n, token: 'tok_ok' };
const never = new AbortController().signal;

describe('the provider over HTTP', () => {
  let server: Server;
  let providerOf: (timeoutMs: number) => Provider;
  let provider: Provider;
  let calls: { key: string | undefined; body: Record<string, unknown> }[] = [];
  let traceparents: unknown[] = [];
  let answer: (response: ServerResponse, call: number) => void;
  const reply = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const captured = (response: ServerResponse) => reply(response, 200, { status: 'captured', id: 'ch_1' });

  beforeEach(async () => {
    calls = [];
    traceparents = [];
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const { 'idempotency-key': key, traceparent } = request.headers;
      traceparents.push(traceparent);
      calls.push({ key: typeof key === 'string' ? key : undefined, body: text ? JSON.parse(text) : {} });
      answer(response, calls.length);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    providerOf = (timeoutMs) => createHttpProvider({ url, timeoutMs });
    provider = providerOf(10_000);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('charges exactly the amount under the key', async () => {
    answer = captured;
    assert.deepEqual(await provider.charge(wish, never), { kind: 'captured', reference: 'ch_1' });
    const body = { amountMinor: '1152921504606846976', currency: 'EUR', orderId: 'o', token: 'tok_ok' };
    assert.deepEqual(calls, [{ key: 'p', body }]);
  });

  it('names the span that it asks within to the provider, in each try', async () => {
    const exporter = new InMemorySpanExporter();
    const tracing = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    traceWith(tracing.getTracer('test'));
    try {
      answer = (response, call) => (call === 1 ? reply(response, 503, {}) : captured(response));
      const span = entrySpan('call charge', undefined, {});
      await span?.run(() => provider.charge(wish, never));
      assert.match(span?.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      assert.deepEqual(traceparents, [span?.traceparent, span?.traceparent]);
    } finally {
      traceWith(undefined);
    }
    traceparents = [];
    await provider.charge(wish, never);
    assert.deepEqual(traceparents, [undefined]);
  });

  it('gives back exactly the amount of the charge under the key', async () => {
    const back = { key: 'r', orderId: 'o', chargeReference: 'ch_1', currency: 'EUR', amountMinor: 5n };
    answer = (response) => reply(response, 200, { status: 'refunded', id: 're_1' });
    assert.deepEqual(await provider.refund(back, never), { kind: 'refunded', reference: 're_1' });
    const body = { chargeId: 'ch_1', amountMinor: '5', currency: 'EUR' };
    assert.deepEqual(calls, [{ key: 'r', body }]);

    answer = (response) => reply(response, 402, { status: 'refused', code: 'closed', message: 'no' });
    const refused = { kind: 'refused', code: 'closed', message: 'no' };
    assert.deepEqual(await provider.refund(back, never), refused);
    for (const status of [400, 404, 422, 503]) {
      answer = (response) => reply(response, status, { status: 'refused', code: 'c', message: 'm' });
      await assert.rejects(provider.refund(back, never), ProviderUnknown);
    }
  });

  it('looks a charge up, and takes "not found" for what it is', async () => {
    answer = captured;
    assert.deepEqual(await provider.lookup('p', never), { kind: 'captured', reference: 'ch_1' });
    answer = (response) => reply(response, 200, { status: 'captured', id: 'ch_1', refundId: 're_1' });
    const back = { kind: 'captured', reference: 'ch_1', refundReference: 're_1' };
    assert.deepEqual(await provider.lookup('p', never), back);
    answer = (response) => reply(response, 404, { error: { code: 'not_found' } });
    assert.deepEqual(await provider.lookup('p', never), { kind: 'notFound' });
    answer = (response) => reply(response, 503, {});
    await assert.rejects(provider.lookup('p', never), ProviderUnknown);
  });

  it('tells a decline from everything else', async () => {
    answer = (response) => reply(response, 402, { status: 'declined', code: 'card_declined', message: 'no' });
    assert.deepEqual(await provider.charge(wish, never), {
      kind: 'declined',
      code: 'card_declined',
      message: 'no',
    });
  });

  it('takes a decline in whatever words, and keeps what may be stored of them', async () => {
    const code = `no\0pe${'!'.repeat(200)}`;
    answer = (response) =>
      reply(response, 402, { status: 'declined', code, message: 'card 4111 1111 1111 1111 is no good' });
    assert.deepEqual(await provider.charge(wish, never), {
      kind: 'declined',
      code: `no pe${'!'.repeat(95)}`,
      message: 'withheld',
    });
  });

  it('repeats no token, whether in a decline or in what is no answer', async () => {
    const token = 'tok_4f9c';
    answer = (response) =>
      reply(response, 402, { status: 'declined', code: `no ${token}`, message: `${token} is used up` });
    assert.deepEqual(await provider.charge({ ...wish, token }, never), {
      kind: 'declined',
      code: 'no [redacted]',
      message: '[redacted] is used up',
    });
    answer = (response) => response.writeHead(200).end(token);
    await assert.rejects(provider.charge({ ...wish, token }, never), (error: ProviderUnknown) => {
      assert.match(error.message, /answers 200 without JSON/);
      assert.doesNotMatch(inspect(error, { depth: 10 }), /tok_4f9c/);
      return true;
    });
  });

  it('repeats under the same key after a failure and a broken connection', async () => {
    answer = (response, call) => {
      if (call === 1) reply(response, 503, {});
      else if (call === 2) response.destroy();
      else captured(response);
    };
    assert.equal((await provider.charge(wish, never)).kind, 'captured');
    assert.deepEqual(
      calls.map(({ key }) => key),
      ['p', 'p', 'p'],
    );
  });

  it('does not take a timeout for a decline, and repeats under the same key after a hang', async () => {
    answer = () => undefined;
    const [timeoutMs, startMs] = [200, performance.now()];
    await assert.rejects(providerOf(timeoutMs).charge(wish, never), ProviderUnknown);
    // A timer may be a little early.
    assert.ok(performance.now() - startMs > 2.9 * timeoutMs, 'three tries');
    answer = captured;
    assert.equal((await provider.charge(wish, never)).kind, 'captured');
    assert.deepEqual([...new Set(calls.map(({ key }) => key))], ['p']);
  });

  it('does not ask again in the same way when the request itself is refused', async () => {
    answer = (response) => response.writeHead(422, { 'content-type': 'text/html' }).end('<p>no</p>');
    await assert.rejects(provider.charge(wish, never), ProviderUnknown);
    assert.equal(calls.length, 1);
  });

  it('takes an answer that it cannot read for none', async () => {
    answer = (response) => response.writeHead(200).end('<p>all is well</p>');
    await assert.rejects(provider.charge(wish, never), ProviderUnknown);
    answer = (response) => reply(response, 402, { status: 'captured', id: 'ch_1' });
    await assert.rejects(provider.charge(wish, never), ProviderUnknown);
    answer = (response) => reply(response, 200, { status: 'captured', id: 'ch_1', more: 'x'.repeat(70_000) });
    // Another: the breaker of the first is open.
    await assert.rejects(providerOf(10_000).charge(wish, never), ProviderUnknown);
    assert.equal(calls.length, 9);
  });

  it('opens its breaker after more than 5 consecutive failures, and then only says when to come again', async () => {
    answer = (response) => reply(response, 500, {});
    for (let n = 0; n < 2; n++) await assert.rejects(provider.charge(wish, never), ProviderUnknown);
    assert.equal(calls.length, 6);
    await assert.rejects(provider.charge(wish, never), { retryAfterMs: 5_000, wasNotAsked: true });
    assert.equal(calls.length, 6);
  });
});

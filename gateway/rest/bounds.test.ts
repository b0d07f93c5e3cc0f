import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { HEADERS_TIMEOUT_MS, MAX_HEADER_BYTES, REQUEST_TIMEOUT_MS } from '../../platform/http.ts';
import { orderDouble, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { gatewayBefore } from './restBed.testing.ts';

const HEAD = 'POST /v1/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

describe('HTTP of the gateway, to a client that sends too much or too slowly', function () {
  this.timeout(120_000);
  let order: TestServer;
  let gateway: TestGateway;
  before(async () => {
    order = await orderDouble({});
    gateway = await gatewayBefore(order);
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });

  /** What it is answered until it is hung up on, and how long that took. */
  async function sent(...parts: readonly string[]): Promise<{ answer: string; tookMs: number }> {
    const startedAtMs = performance.now();
    const socket: Socket = connect(Number(new URL(gateway.http).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    // Who is cut off while he sends may see that before he is answered.
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (const part of parts) socket.write(part);
    await closed;
    return { answer, tookMs: performance.now() - startedAtMs };
  }

  it('refuses headers above the bound', async () => {
    const { answer } = await sent(
      `GET /v1/orders HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 /);
    assert.match(answer, /application\/problem\+json[\s\S]*"reason":"HEADERS_TOO_LARGE"/);
  });

  it('cuts off who does not come to an end of his headers, or of his body', async () => {
    const [headers, body] = await Promise.all([
      sent('GET /v1/orders HTTP/1.1\r\nhost: localhost\r\n'),
      sent(`${HEAD}content-length: 100\r\n\r\n`, '{"customerId":'),
    ]);
    assert.match(headers.answer, /^HTTP\/1\.1 408 [\s\S]*"reason":"REQUEST_TOO_SLOW"/);
    assert.match(body.answer, /^HTTP\/1\.1 408 /);
    assert.ok(headers.tookMs > HEADERS_TIMEOUT_MS - 100, `after ${headers.tookMs} ms`);
    assert.ok(body.tookMs > REQUEST_TIMEOUT_MS - 100, `after ${body.tookMs} ms`);
  });
});
